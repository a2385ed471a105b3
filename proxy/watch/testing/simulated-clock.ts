/** A clock for unit tests: time passes when the test says so. */
import type { Clock } from '../clock.ts'

interface Timer {
  readonly at: number
  readonly action: () => void
}

export class SimulatedClock implements Clock {
  #now = 0
  #timers: Timer[] = []
  /** What `random` gives. */
  chance = 0.5
  /** Milliseconds that pass whenever somebody looks at the clock. */
  costOfLooking = 0
  /** How often others were let at the event loop. */
  turns = 0

  now(): number {
    this.#now += this.costOfLooking
    return this.#now
  }

  after(milliseconds: number, action: () => void): () => void {
    const timer = { at: this.#now + milliseconds, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  random(): number {
    return this.chance
  }

  async turn(): Promise<void> {
    this.turns += 1
  }

  /** Timers that have yet to fire. */
  get waiting(): number {
    return this.#timers.length
  }

  /** When the next timer fires, in milliseconds from now. */
  get next(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ at }) => at)) - this.#now
  }

  /** Lets so much time pass, and everything happen that happens meanwhile. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settle()
    for (let timer = this.#due(end); timer !== undefined; timer = this.#due(end)) {
      const { at, action } = timer
      this.#now = at
      this.#timers = this.#timers.filter((each) => each !== timer)
      action()
      await settle()
    }
    this.#now = end
  }

  #due(end: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
  }
}

/** Lets everything happen that needs no time. */
export const settle = async (): Promise<void> => {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
}
