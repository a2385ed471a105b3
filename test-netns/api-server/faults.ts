/**
 * Switches for faults. `POST /faults` with a FaultOrder, over the server's Unix socket or with the administrator's certificate,
 * acts or sets at once; `GET /faults` shows the settings. Requests over the Unix socket are never disturbed, so that whoever
 * gives orders can always take them back.
 */

/** Answers with an error instead of serving. */
export interface ErrorAnswer {
  /** HTTP status: 410, 429, 500, 503, … */
  readonly status: number
  /** For so many requests; without it, until cleared. */
  readonly count?: number
  /** Sent as the Retry-After header and in the Status' details. */
  readonly retryAfterSeconds?: number
  /** Only requests of this verb: `list`, `watch`, `get`, … */
  readonly verb?: string
  /** Only requests for this resource, by plural name. */
  readonly resource?: string
}

export interface FaultSettings {
  /** Closes every new connection at once. */
  readonly refuse?: boolean
  /** Waits before each answer. */
  readonly delayMilliseconds?: number
  readonly answers?: readonly ErrorAnswer[]
  /** Sends lists in pieces of so many bytes, with a pause before each. */
  readonly slowLists?: { readonly bytes: number; readonly milliseconds: number }
  /** Answers this status (real servers: 400 or 422) to sendInitialEvents. */
  readonly refuseInitialEvents?: number
  /** How a watch from a forgotten version is told: an ERROR event in a 200 answer (as real servers do, the default) or HTTP 410. */
  readonly expiredAs?: 'event' | 'status'
  /** Bearer tokens that count as credentials beside client certificates. */
  readonly tokens?: readonly string[]
  /** Between the bookmarks of a watch; 60,000 unless set. Watches opened later use it. */
  readonly bookmarkMilliseconds?: number
}

/** Things done once, to what exists now. */
export interface FaultActions {
  /** Back to no faults, before anything else in the same order. */
  readonly clear?: true
  /** Resets every connection, except those over the Unix socket. */
  readonly cut?: true
  /** The open watches send nothing more and stay open, like a peer that has vanished. */
  readonly halfOpen?: true
  /** Ends the open watches cleanly, as at their timeout. */
  readonly end?: true
  /** Writes this text, and a newline, into the open watches. */
  readonly garbage?: string
  /** Sends an ERROR event with this code to the open watches and ends them. */
  readonly watchError?: number
  /** Forgets all history and all snapshots: watches and continue tokens from before get 410. */
  readonly compact?: true
}

export type FaultOrder = FaultSettings & FaultActions

export class Faults {
  #settings: FaultSettings = {}
  /** Requests that each counted answer has yet to spoil. */
  #left = new Map<ErrorAnswer, number>()

  get settings(): FaultSettings {
    return this.#settings
  }

  /** Takes the settings of an order; its actions are the server's to do. */
  set({ clear, cut, halfOpen, end, garbage, watchError, compact, ...settings }: FaultOrder): void {
    this.#settings = clear === true ? settings : { ...this.#settings, ...settings }
    if (clear === true || settings.answers !== undefined) {
      this.#left = new Map((settings.answers ?? []).map((answer) => [answer, answer.count ?? Number.POSITIVE_INFINITY]))
    }
  }

  /** The error to answer this request with, which uses it up, or undefined. */
  take(verb: string, resource: string): ErrorAnswer | undefined {
    for (const [answer, left] of this.#left) {
      if (left > 0 && (answer.verb ?? verb) === verb && (answer.resource ?? resource) === resource) {
        this.#left.set(answer, left - 1)
        return answer
      }
    }
    return undefined
  }
}
