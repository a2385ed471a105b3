import { eraseNames } from './erase-names.ts'

/**
 * What the runtime reads to fit its heap to the machine: limits of the control group, and again and again how much memory is used. A call lives for
 * milliseconds, in a few megabytes, and the questions are a thirtieth of a start. A file that cannot be opened is no limit, and no use.
 */
const FILES = ['/proc/self/cgroup', '/proc/self/statm'] as const

/** A copy of `executable` that does not ask. @throws Error when a name does not occur (then this Bun has to be looked at anew) */
export const leaveHeapUntuned = (executable: Buffer): Buffer => eraseNames(executable, FILES)
