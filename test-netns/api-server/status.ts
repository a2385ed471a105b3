/** Failures as the API server words them: a Status object with code, reason and message (apimachinery, meta/v1 Status). */
import type { JsonObject } from './objects.ts'

/** A request that is refused; `body` is the Status object of the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: JsonObject

  /** @param code HTTP status */
  constructor(code: number, reason: string, message: string, details: JsonObject = {}) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  get body(): JsonObject {
    const { code, reason, message, details } = this
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code }
  }
}

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message)
export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized')
export const forbidden = (user: string, action: string) => new ApiError(403, 'Forbidden', `User "${user}" cannot ${action}`)
export const noSuchPath = () => new ApiError(404, 'NotFound', 'the server could not find the requested resource')
export const notFound = (plural: string, name: string) =>
  new ApiError(404, 'NotFound', `${plural} "${name}" not found`, { name, kind: plural })
export const methodNotAllowed = () =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
export const alreadyExists = (plural: string, name: string) =>
  new ApiError(409, 'AlreadyExists', `${plural} "${name}" already exists`, { name, kind: plural })
export const conflict = (plural: string, name: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${plural} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { name, kind: plural },
  )
export const expired = (message: string) => new ApiError(410, 'Expired', message)
export const tooLarge = () => new ApiError(413, 'RequestEntityTooLarge', 'limit is 3145728')
export const unsupportedMediaType = (message: string) => new ApiError(415, 'UnsupportedMediaType', message)
export const invalid = (field: string, message: string) =>
  new ApiError(422, 'Invalid', `the object is invalid: ${field}: ${message}`, { causes: [{ message, field }] })
export const versionTooLarge = (asked: number, current: number) =>
  new ApiError(504, 'Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    retryAfterSeconds: 1,
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
  })

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** A refusal that only a fault order explains. */
export const ordered = (code: number, retryAfterSeconds?: number): ApiError =>
  new ApiError(code, REASONS[code] ?? 'Unknown', `answered ${code} by order`, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })

/** What anything thrown becomes: our refusals pass, the rest is an internal error. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(500, 'InternalError', error instanceof Error ? error.message : String(error))
