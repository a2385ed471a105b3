/** The door: raw objects go in, events of what changed come out. No object, and no listener, can stop it. */
import type { ClusterEvent } from '../services/types.ts'
import { ObjectError, type Report } from './fields.ts'
import type { WatchLog } from './log.ts'
import type { WatchedResource } from './resource.ts'
import { Store } from './store.ts'

export interface IntakeOptions {
  readonly resource: WatchedResource
  readonly onEvents: (events: readonly ClusterEvent[]) => void
  readonly log: WatchLog
}

/** Warnings about one object at a time: ten thousand endpoints may all be odd in the same way. */
const WARNINGS_OF_OBJECT = 10
/** Warnings remembered so that each is given once; then the memory starts anew. */
const REMEMBERED_WARNINGS = 1000

export class Intake {
  readonly #resource: WatchedResource
  readonly #onEvents: IntakeOptions['onEvents']
  readonly #log: WatchLog
  readonly #store = new Store()
  readonly #warned = new Set<string>()
  /** Keys of objects that exist, cannot be read, and of which nothing is known; empty for one without a name. */
  readonly #unknown = new Set<string>()
  #batch: ClusterEvent[] = []
  #rejected = 0
  #handlerErrors = 0

  constructor({ resource, onEvents, log }: IntakeOptions) {
    this.#resource = resource
    this.#onEvents = onEvents
    this.#log = log
  }

  get counts(): { readonly objects: number; readonly unknown: number; readonly rejected: number; readonly handlerErrors: number } {
    return { objects: this.#store.size, unknown: this.#unknown.size, rejected: this.#rejected, handlerErrors: this.#handlerErrors }
  }

  beginList(): void {
    this.#unknown.clear()
    this.#store.beginList()
  }

  /** Everything that exists has been named: what else was known is gone. */
  endList(): void {
    for (const key of this.#store.endList()) this.#add(this.#resource.gone(key))
  }

  /** An object that exists. One that cannot be read changes nothing: an error is never a deletion. */
  present(raw: unknown): void {
    let key: string | undefined
    try {
      key = this.#resource.keyOf(raw)
      this.#add(this.#resource.reduce(raw, this.#reporter(key)))
      this.#unknown.delete(key)
    } catch (error) {
      this.#reject(key, error)
      if (key === undefined || !this.#store.has(key)) this.#unknown.add(key ?? '')
    }
  }

  /** An object that is deleted. */
  gone(raw: unknown): void {
    try {
      const key = this.#resource.keyOf(raw)
      this.#unknown.delete(key)
      this.#add(this.#resource.gone(key))
    } catch (error) {
      this.#reject(undefined, error)
    }
  }

  /** Hands over what has gathered. */
  flush(): void {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    try {
      this.#onEvents(batch)
    } catch (error) {
      this.#handlerErrors += 1
      this.#log.error({ resource: this.#resource.name, err: error }, `a listener failed on ${batch.length} events`)
    }
  }

  #add(event: ClusterEvent): void {
    const change = this.#store.apply(event)
    if (change !== undefined) this.#batch.push(change)
  }

  #reject(key: string | undefined, error: unknown): void {
    if (key !== undefined) this.#store.keep(key)
    this.#rejected += 1
    const message = error instanceof ObjectError ? error.message : `internal error: ${error instanceof Error ? error.stack : error}`
    this.#warn(`${this.#resource.name} ${key ?? '(unnamed)'} is ignored: ${message}`, key)
  }

  #reporter(key: string): Report {
    let left = WARNINGS_OF_OBJECT
    return (message) => {
      left -= 1
      if (left >= 0) this.#warn(`${this.#resource.name} ${key}: ${message}`, key)
      else if (left === -1) this.#warn(`${this.#resource.name} ${key}: there is more that is odd`, key)
    }
  }

  #warn(message: string, key?: string): void {
    if (this.#warned.has(message)) return
    if (this.#warned.size >= REMEMBERED_WARNINGS) this.#warned.clear()
    this.#warned.add(message)
    // By its Service people look for every other line too.
    const service = this.#resource.name === 'services' ? key : undefined
    this.#log.warn({ resource: this.#resource.name, ...(service !== undefined && { service }) }, message)
  }
}
