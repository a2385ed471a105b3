/** Making executables cold: taking their pages out of the page cache, and nobody else's. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import koffi from 'koffi'

const advise = koffi.load('libc.so.6').func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)')
const POSIX_FADV_DONTNEED = 4

/** Pages that a running process has mapped stay. @throws Error */
export const forgetFile = (path: string): void => {
  const fd = openSync(path, 'r')
  try {
    // Pages not written to the disk yet would stay.
    fsyncSync(fd)
    const error: number = advise(fd, 0, 0, POSIX_FADV_DONTNEED)
    if (error !== 0) throw new Error(`posix_fadvise ${path}: errno ${error}`)
  } finally {
    closeSync(fd)
  }
}
