/** How long to wait before trying again: full jitter under a doubling cap (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
import type { Clock } from './clock.ts'

const FIRST_CAP_MILLISECONDS = 200
const LAST_CAP_MILLISECONDS = 10_000

export class Backoff {
  readonly #clock: Pick<Clock, 'random'>
  #failures = 0

  constructor(clock: Pick<Clock, 'random'>) {
    this.#clock = clock
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const cap = Math.min(LAST_CAP_MILLISECONDS, FIRST_CAP_MILLISECONDS * 2 ** this.#failures)
    this.#failures += 1
    return this.#clock.random() * cap
  }

  reset(): void {
    this.#failures = 0
  }
}
