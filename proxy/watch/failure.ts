/** Why a list or a watch ended, and what follows from it. */
import { fieldsOf, textOf } from './fields.ts'

export type Reason =
  /** The server closed a watch as it should. */
  | 'ended'
  /** Nothing came for too long, not even a bookmark. */
  | 'silent'
  /** No connection, or it broke. */
  | 'network'
  /** 410: the version is too old to go on from. */
  | 'expired'
  /** 429, or 503 with a time to wait. */
  | 'throttled'
  | 'unauthorized'
  /** 400 and 422: the server does not know this kind of request. */
  | 'invalid'
  /** Other statuses below 500. */
  | 'refused'
  | 'server'
  /** Bytes that are not the protocol's. */
  | 'garbage'
  /** A fault of ours. */
  | 'internal'

export class Failure extends Error {
  override readonly name = 'Failure'
  readonly reason: Reason
  /** What the server asks for, in milliseconds. */
  readonly retryAfter: number

  constructor(reason: Reason, message: string, more: { readonly retryAfter?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.reason = reason
    this.retryAfter = more.retryAfter ?? 0
  }
}

/** What to do about a reason before the next attempt. */
export interface Remedy {
  /** Forget the version and list again. */
  readonly relist: boolean
  /** Read the credentials anew. */
  readonly reload: boolean
  /** What the waiting grows with: failures to get an answer, or answers that did not last. */
  readonly backoff: 'connection' | 'trouble'
}

const RETRY: Remedy = { relist: false, reload: false, backoff: 'connection' }

export const REMEDIES: Readonly<Record<Reason, Remedy>> = {
  ended: { ...RETRY, backoff: 'trouble' },
  silent: RETRY,
  // It may be the certificates that do not fit any more.
  network: { ...RETRY, reload: true },
  expired: { relist: true, reload: false, backoff: 'trouble' },
  throttled: RETRY,
  unauthorized: { ...RETRY, reload: true },
  invalid: { ...RETRY, relist: true },
  refused: { ...RETRY, relist: true },
  server: RETRY,
  garbage: { relist: true, reload: false, backoff: 'trouble' },
  internal: { relist: true, reload: false, backoff: 'trouble' },
}

/** Waiting longer than this because a server says so would be obeying a broken one. */
const LONGEST_RETRY_AFTER = 60_000

/**
 * The failure that a Status object tells (apimachinery, meta/v1 Status), from a response or from an ERROR event.
 * @param code the HTTP status, when there is one
 * @param retryAfterSeconds the Retry-After header
 */
export const failureOfStatus = (status: unknown, code?: number, retryAfterSeconds?: number): Failure => {
  const { code: ownCode, reason, message, details } = fieldsOf(status)
  const number = typeof ownCode === 'number' ? ownCode : (code ?? 500)
  const asked = retryAfterSeconds ?? fieldsOf(details).retryAfterSeconds
  const retryAfter = typeof asked === 'number' && asked > 0 ? Math.min(asked * 1000, LONGEST_RETRY_AFTER) : 0
  const text = `${code ?? number} ${textOf(reason)} ${textOf(message)}`.trim().slice(0, 300)
  return new Failure(reasonOfStatus(number, textOf(reason), retryAfter), text, { retryAfter })
}

const reasonOfStatus = (code: number, reason: string, retryAfter: number): Reason => {
  if (code === 410 || reason === 'Expired' || reason === 'Gone') return 'expired'
  if (code === 401) return 'unauthorized'
  if (code === 429 || (code === 503 && retryAfter > 0)) return 'throttled'
  if (code === 400 || code === 422) return 'invalid'
  return code < 500 ? 'refused' : 'server'
}
