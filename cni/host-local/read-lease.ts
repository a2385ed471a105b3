/** Reading thousands of small files fast: three system calls each, into one buffer. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

const BUFFER_BYTES = 4096
const buffer = Buffer.allocUnsafe(BUFFER_BYTES)

/** No lease is larger: the kernel hands over no longer environment variables. */
export const LONGEST_LEASE = 1 << 18

/**
 * The text of the file at `path` without the white space around it. Undefined when it cannot be read (one bad file must not keep other
 * containers from their leases) or is no ordinary file.
 */
export const readLease = (path: string): string | undefined => {
  try {
    // Never waits for the other end of a pipe.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      return textOf(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

const textOf = (fd: number): string | undefined => {
  const count = readSync(fd, buffer, 0, BUFFER_BYTES, 0)
  if (count > 0 && count < BUFFER_BYTES) return buffer.toString('utf8', 0, count).trim()
  const status = fstatSync(fd)
  if (!status.isFile() || status.size > LONGEST_LEASE) return undefined
  return count === 0 ? '' : readFileSync(fd, 'utf8').trim()
}
