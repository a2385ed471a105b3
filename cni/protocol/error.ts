/** Failures as the CNI specification wants them: an object with a code, printed on standard output. */
import { prettyPrint } from './text.ts'

/** Error codes. @see the CNI specification, section "Error"; 8 is used by the reference's library and missing in the specification. */
export const ERROR_CODE = {
  unknown: 0,
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decoding: 6,
  invalidConfig: 7,
  invalidNamespace: 8,
  tryAgainLater: 11,
  notAvailable: 50,
  limitedConnectivity: 51,
  internal: 999,
} as const

/** An error with a code of its own; every other error is reported with code 999. */
export class CniError extends Error {
  override readonly name = 'CniError'
  readonly code: number
  readonly details: string

  constructor(code: number, message: string, details = '') {
    super(message)
    this.code = code
    this.details = details
  }
}

/** The CNI error inside `error`: itself or one of its causes; anything else becomes code 999 with its message. */
export const asCniError = (error: unknown): CniError => {
  for (let inner = error; inner instanceof Error; inner = inner.cause) if (inner instanceof CniError) return inner
  return new CniError(ERROR_CODE.internal, messageOf(error))
}

/** The error object as printed: code, msg, details unless empty; no cniVersion (the reference writes none) and no final newline. */
export const formatError = ({ code, message, details }: CniError): string =>
  prettyPrint({ code, msg: message, ...(details === '' ? {} : { details }) })

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Runs `action`; a failure gets `what: ` before its message and stays its cause (so a CniError inside is still the one printed). */
export const explaining = <T>(what: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error })
  }
}
