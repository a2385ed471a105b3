/** STATUS: whether an ADD could succeed. */
import { CniError, ERROR_CODE, messageOf } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'
import { checkForAdd, parseConfig } from './config.ts'

/**
 * A bridge can always be made; addresses can run out, and the IPAM plugin can be missing, which is 50 (not available), not the
 * reference's 999. A config that every ADD refuses is refused here too: the reference only reads it.
 * @throws Error with the reference's sentence; the CniError of the IPAM plugin unchanged
 */
export const status = (call: Call): void => {
  const config = parseConfig({ config: call.config, args: '' })
  checkForAdd(config, call.cniVersion)
  if (config.ipam === '') return
  try {
    call.delegate.status(config.ipam)
  } catch (error) {
    throw error instanceof CniError ? error : new CniError(ERROR_CODE.notAvailable, messageOf(error))
  }
}
