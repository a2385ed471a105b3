/** Verbs that clean up go on after a failure. */
import { asCniError, CniError } from '../protocol/error.ts'

/**
 * Runs every part in turn, whatever becomes of the ones before.
 * @throws the failure as it is when there is one; of several, a CniError with the first one's code and all messages
 */
export const attemptAll = (parts: readonly (() => unknown)[]): void => {
  const failures = parts.flatMap(failureOf)
  const [first, second] = failures
  if (first === undefined) return
  if (second === undefined) throw first
  const errors = failures.map(asCniError)
  throw new CniError(
    asCniError(first).code,
    errors.map(({ message }) => message).join('; '),
    errors.flatMap(({ details }) => (details === '' ? [] : [details])).join('; '),
  )
}

const failureOf = (action: () => unknown): unknown[] => {
  try {
    action()
    return []
  } catch (error) {
    return [error]
  }
}
