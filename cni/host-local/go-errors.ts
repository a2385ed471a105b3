/** File system errors as Go prints them: `open /x/y: no such file or directory`. */
import { hasCode, reasonOf } from '#kernel/errno.ts'

/** Runs `action`; a file system error becomes `OPERATION PATH: reason`, with the original as cause. */
export const goErrors = <T>(operation: string, path: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    // A zero byte never reaches the kernel, which would call it an invalid argument.
    if (hasCode(error, 'ERR_INVALID_ARG_VALUE')) throw new Error(`${operation} ${path}: invalid argument`, { cause: error })
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new Error(`${operation} ${path}: ${reasonOf(error)}`, { cause: error })
  }
}
