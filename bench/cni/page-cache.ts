/** Making executables cold: taking their pages out of the page cache, and nobody else's. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { forgetPages } from '#kernel/page-cache.ts'

/** Pages that a running process has mapped stay. @throws Error */
export const forgetFile = (path: string): void => {
  const fd = openSync(path, 'r')
  try {
    // Pages not written to the disk yet would stay.
    fsyncSync(fd)
    const error = forgetPages(fd)
    if (error !== 0) throw new Error(`posix_fadvise ${path}: errno ${error}`)
  } finally {
    closeSync(fd)
  }
}
