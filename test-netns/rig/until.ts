/** Waiting for something that nobody announces. */
import { setTimeout as after } from 'node:timers/promises'

/** What was waited for did not come true in time. */
export class WaitedInVainError extends Error {
  override readonly name = 'WaitedInVainError'
}

export interface Patience {
  /** How long to wait; default 20. */
  readonly seconds?: number
  /** Milliseconds between two looks; default 20. Looking costs an emulated machine time that those who are waited for lack. */
  readonly pause?: number
}

/** Waits until something is so. @throws WaitedInVainError saying what was waited for, with `context`, when it is not so in time */
export const until = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  context: () => unknown = () => '',
  { seconds = 20, pause = 20 }: Patience = {},
): Promise<void> => {
  const deadline = performance.now() + seconds * 1000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new WaitedInVainError(`waited ${seconds} s for this: ${what}; ${textOf(context())}`)
    await after(pause)
  }
}

const textOf = (context: unknown): string => (typeof context === 'string' ? context : JSON.stringify(context))
