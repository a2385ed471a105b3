/** Exclusive locks between processes: flock(2) on a file of its own, as Go's host-local takes them. */
import { closeSync, constants, openSync } from 'node:fs'
import { libc } from '#libc'
import { orThrow } from './errno.ts'

const LOCK_EX = 2
const LOCK_UN = 8
const EINTR = 4

/**
 * Runs `action` while this process holds the lock on the file at `path`, which is made with `mode` when it is missing. Waits,
 * blocking the thread, for as long as another holds it. `action` must be synchronous. A process that dies loses its lock.
 * @throws a Node file system error when the file cannot be opened; KernelError when it cannot be locked; what `action` throws
 */
export const withFileLock = <T>(path: string, mode: number, action: () => T): T => {
  // A pipe in the file's place can be locked like a file, but opening it would wait for who writes into it.
  const fd = openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_NONBLOCK, mode)
  try {
    lock(fd, path)
    const result = action()
    if (result instanceof Promise) throw new TypeError('withFileLock takes synchronous actions only')
    return result
  } finally {
    // Closing alone would not do if a child process had inherited the file.
    libc.flock(fd, LOCK_UN)
    closeSync(fd)
  }
}

const lock = (fd: number, path: string): void => {
  for (;;) {
    const result = libc.flock(fd, LOCK_EX)
    if (result === -EINTR) continue
    orThrow(`flock ${path}`, result)
    return
  }
}
