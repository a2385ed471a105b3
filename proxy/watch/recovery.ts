/** What to do after an attempt has failed, and how long to wait: decided here, done by the loop. */
import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Failure, REMEDIES } from './failure.ts'
import type { Timing } from './timing.ts'

/** The attempt that failed. */
export interface Attempted {
  /** Milliseconds since the server agreed to watch; 0 when it did not. */
  readonly lived: number
  /** Whether it asked for a streaming list, and has not had all of it. */
  readonly streamingList: boolean
}

export interface Recovery {
  /** Milliseconds to wait. */
  readonly delay: number
  readonly relist: boolean
  readonly reload: boolean
  /** Streaming lists do not work here: list in pages from now on. */
  readonly listInPages: boolean
}

/** After so many failures from one version, the version itself is suspect: the server may have been restored from a backup. */
const SUSPECT_FAILURES = 5

export class RecoveryPlanner {
  readonly #timing: Timing
  /** Grows until the server answers. */
  readonly #connection: Backoff
  /** Grows until a watch lasts: a server that answers and fails at once must not be asked in a loop. */
  readonly #trouble: Backoff

  constructor(clock: Pick<Clock, 'random'>, timing: Timing) {
    this.#timing = timing
    this.#connection = new Backoff(clock)
    this.#trouble = new Backoff(clock)
  }

  /** The server has answered a request with success. */
  answered(): void {
    this.#connection.reset()
  }

  plan(failure: Failure, { lived, streamingList }: Attempted): Recovery {
    const { relist, reload, backoff } = REMEDIES[failure.reason]
    if (lived >= this.#timing.lasting) this.#trouble.reset()
    const listInPages = streamingList && (failure.reason === 'invalid' || failure.reason === 'silent')
    const atOnce = listInPages || (failure.reason === 'ended' && lived >= this.#timing.shortest)
    const waiting = backoff === 'connection' ? this.#connection : this.#trouble
    const delay = atOnce ? 0 : failure.retryAfter + waiting.next()
    const suspect = failure.reason === 'server' && this.#connection.failures >= SUSPECT_FAILURES
    return { delay, relist: relist || suspect, reload, listInPages }
  }
}
