/** Notices silence: a connection whose peer has vanished says nothing, not even goodbye. */
import type { Clock } from './clock.ts'

export interface Watchdog {
  /** A sign of life. Cheap: it moves no timer. */
  touch(): void
  stop(): void
}

/** Calls `onSilence` once when `milliseconds` pass without a sign of life. */
export const startWatchdog = (clock: Clock, milliseconds: number, onSilence: () => void): Watchdog => {
  let touched = clock.now()
  const check = (): void => {
    const left = touched + milliseconds - clock.now()
    if (left <= 0) onSilence()
    else callOff = clock.after(left, check)
  }
  let callOff = clock.after(milliseconds, check)
  return {
    touch: () => {
      touched = clock.now()
    },
    stop: () => callOff(),
  }
}
