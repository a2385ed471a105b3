/** A step that may fail alone. */
import { asError } from '../services/as-error.ts'
import type { Step } from './cleanup.ts'

/** Runs `action`; the step with why it failed, if it did. */
export const attempt = (verb: Step['verb'], what: string, action: () => void): Step => {
  try {
    action()
    return { verb, what }
  } catch (error) {
    return { verb, what, failure: asError(error) }
  }
}

/** Steps that have to be found first; when that fails, this is the only one. */
export const attemptAll = (verb: Step['verb'], what: string, steps: () => Step[]): Step[] => {
  try {
    return steps()
  } catch (error) {
    return [{ verb, what, failure: asError(error) }]
  }
}
