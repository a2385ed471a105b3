/** How failures are told. */
import { messageOf } from '../protocol/error.ts'
import type { Call } from '../protocol/plugin.ts'

/** Runs `action`; its failure becomes the reference's sentence followed by the reason. */
export const saying = <T>(sentence: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new Error(`${sentence}: ${messageOf(error)}`, { cause: error })
  }
}

/** Runs `action`; its failure is only told. */
export const orWarn = (call: Call, action: () => void): void => {
  try {
    action()
  } catch (error) {
    call.warn(messageOf(error))
  }
}
