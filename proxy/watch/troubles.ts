/** Telling of failures that repeat: each new one at once, the same again once a minute, and that it is over. */
import type { Failure } from './failure.ts'
import type { WatchLog } from './log.ts'

const REPEAT_MILLISECONDS = 60_000

export interface Trouble {
  readonly failure: Failure
  /** Milliseconds, as the clock has them. */
  readonly now: number
  /** Milliseconds until the next attempt. */
  readonly delay: number
  /** The next attempt lists everything. */
  readonly relist: boolean
}

export class Troubles {
  readonly #log: WatchLog
  readonly #resource: string
  #last: { readonly message: string; readonly at: number } | undefined
  /** Failures that nobody was told of. */
  #untold = 0

  constructor(log: WatchLog, resource: string) {
    this.#log = log
    this.#resource = resource
  }

  /** What goes wrong now; undefined when nothing does. */
  get current(): string | undefined {
    return this.#last?.message
  }

  /** An attempt has failed. That a watch ended as it should is no trouble. */
  failed({ failure, now, delay, relist }: Trouble): void {
    const { reason, message } = failure
    if (reason === 'ended') return
    if (message === this.#last?.message && now - this.#last.at < REPEAT_MILLISECONDS) {
      this.#untold += 1
      return
    }
    const repeated = this.#untold === 0 ? {} : { untold: this.#untold }
    const fields = { resource: this.#resource, reason, delay: Math.round(delay), relist, ...repeated }
    this.#last = { message, at: now }
    this.#untold = 0
    if (reason === 'internal') this.#log.error({ ...fields, err: failure.cause }, `watching ${this.#resource} failed`)
    else this.#log.warn(fields, `watching ${this.#resource}: ${message}`)
  }

  /** The server says something that makes sense. */
  over(): void {
    if (this.#last === undefined) return
    this.#last = undefined
    this.#untold = 0
    this.#log.info({ resource: this.#resource }, `watching ${this.#resource} goes on`)
  }
}
