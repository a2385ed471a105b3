/** What may be the name of a network, a container, an interface. */
import { CniError, ERROR_CODE } from './error.ts'
import { isIdentifier } from './identifier.ts'

/** @throws CniError 4 */
export const checkContainerId = (id: string): void => {
  if (!isIdentifier(id)) throw new CniError(ERROR_CODE.invalidEnvironment, 'invalid characters in containerID', id)
}

/** @throws CniError 7 */
export const checkNetworkName = (name: string): void => {
  if (name === '') throw new CniError(ERROR_CODE.invalidConfig, 'missing network name')
  if (!isIdentifier(name)) throw new CniError(ERROR_CODE.invalidConfig, 'invalid characters found in network name', name)
}

/** IFNAMSIZ (16) less the final zero byte. */
const INTERFACE_NAME_BYTES = 15

/** Slash, colon, and what Go's unicode.IsSpace accepts. */
const FORBIDDEN = /[/:\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** @throws CniError 4 */
export const checkInterfaceName = (name: string): void => {
  const invalid = (message: string, details = ''): CniError => new CniError(ERROR_CODE.invalidEnvironment, message, details)
  if (name === '') throw invalid('interface name is empty')
  if (Buffer.byteLength(name) > INTERFACE_NAME_BYTES) {
    throw invalid('interface name is too long', `interface name should be less than ${INTERFACE_NAME_BYTES + 1} characters`)
  }
  if (isIdentifier(name)) return
  if (name === '.' || name === '..') throw invalid('interface name is . or ..')
  if (FORBIDDEN.test(name)) throw invalid('interface name contains / or : or whitespace characters')
}
