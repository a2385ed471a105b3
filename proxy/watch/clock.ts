/** Time and chance as a value, so that everything built on them is tested without either. */

import { breathe } from '../engine/breathe.ts'

export interface Clock {
  /** Milliseconds that only grow. */
  now(): number
  /** Runs `action` once after so many milliseconds. @returns the way to call it off */
  after(milliseconds: number, action: () => void): () => void
  /** At least 0, less than 1. */
  random(): number
  /** Lets the event loop serve others first. */
  turn(): Promise<void>
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  turn: () => new Promise((resolve) => breathe(resolve)),
}

/** What the machine believes the time to be: milliseconds since the epoch. It may be set at any time, and measures nothing. */
export const machineDate = (): number => Date.now()

/** A whole number from `low` to `high`, both included. */
export const between = (clock: Clock, low: number, high: number): number => low + Math.floor(clock.random() * (high - low + 1))

/** Waits so many milliseconds, or until `signal` aborts: it never rejects. */
export const pause = (clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted || milliseconds <= 0) return resolve()
    const done = (): void => {
      callOff()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const callOff = clock.after(milliseconds, done)
    signal.addEventListener('abort', done, { once: true })
  })
