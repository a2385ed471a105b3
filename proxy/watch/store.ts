/** What is known of one resource: the last event of each object that exists. It tells changes from repetitions. */
import { isDeepStrictEqual } from 'node:util'
import type { ClusterEvent } from '../services/types.ts'

export class Store {
  readonly #events = new Map<string, ClusterEvent>()
  #seen: Set<string> | undefined

  /** Objects that the proxy has something to do for. */
  get size(): number {
    return this.#events.size
  }

  has(key: string): boolean {
    return this.#events.has(key)
  }

  /** Takes an event in. @returns it, or undefined when it says nothing new */
  apply(event: ClusterEvent): ClusterEvent | undefined {
    this.#seen?.add(event.key)
    const known = this.#events.get(event.key)
    if (isDeepStrictEqual(known?.value, event.value)) return undefined
    if (event.value === undefined) this.#events.delete(event.key)
    else this.#events.set(event.key, event)
    return event
  }

  /** Notes that an object exists that cannot be read: what was known of it stays. */
  keep(key: string): void {
    this.#seen?.add(key)
  }

  /** From here on, `apply` and `keep` name all that exists. */
  beginList(): void {
    this.#seen = new Set()
  }

  /** The keys of what is known and was not named since `beginList`: it is gone. The caller applies their events. */
  endList(): string[] {
    const seen = this.#seen
    this.#seen = undefined
    return seen === undefined ? [] : [...this.#events.keys()].filter((key) => !seen.has(key))
  }
}
