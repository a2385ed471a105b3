/** Notices silence: a connection whose peer has vanished says nothing, not even goodbye. */
import type { Clock } from './clock.ts'

export interface Watchdog {
  /** A sign of life. Cheap: it moves no timer. */
  touch(): void
  stop(): void
}

/** Calls `onSilence` once when as many milliseconds as `limit` tells pass without a sign of life; the limit may grow, and not shrink. */
export const startWatchdog = (clock: Clock, limit: () => number, onSilence: () => void): Watchdog => {
  let touched = clock.now()
  const check = (): void => {
    const left = touched + limit() - clock.now()
    if (left <= 0) onSilence()
    else callOff = clock.after(left, check)
  }
  let callOff = clock.after(limit(), check)
  return {
    touch: () => {
      touched = clock.now()
    },
    stop: () => callOff(),
  }
}
