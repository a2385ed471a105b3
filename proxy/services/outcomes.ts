/** What becomes of changes, beyond what the kernel says of each. */
import { hasCode } from '#kernel/errno.ts'
import type { Applied } from './apply.ts'
import { asError } from './as-error.ts'
import type { Outcome } from './data-plane.ts'
import type { Operation } from './difference.ts'

/** A change that was not asked for, because something that it needs is missing. */
export class HeldBackError extends Error {
  override readonly name = 'HeldBackError'
}

/** ENOENT: no such destination; ESRCH: no such virtual server, or no such route. */
export const unlessGone = (outcome: Outcome): Outcome => (hasCode(outcome, 'ENOENT', 'ESRCH') ? undefined : outcome)

/** When the socket itself fails nobody knows what was carried out: all count as failed, and the next audit looks. */
export const outcomesOf = (count: number, action: () => readonly Outcome[]): readonly Outcome[] => {
  try {
    return action()
  } catch (error) {
    return new Array<Outcome>(count).fill(asError(error))
  }
}

/** What the kernel did not do. */
export const refusedIn = (applied: readonly Applied[]): Applied[] => applied.filter(({ outcome }) => outcome !== undefined)

/** What the kernel did. */
export const acknowledgedIn = (applied: readonly Applied[]): Operation[] => {
  const operations: Operation[] = []
  for (const { operation, outcome } of applied) if (outcome === undefined) operations.push(operation)
  return operations
}
