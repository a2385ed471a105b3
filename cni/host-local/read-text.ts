/** Reading a file that a config names, or that somebody may have put into the lease folder, whatever that is. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { goErrors } from './go-errors.ts'

/** A resolver configuration is some hundred bytes; /dev/zero has no end. */
const LARGEST_TEXT = 1 << 16

/** A file's text. @param most how many bytes it may have @throws Error `open PATH: …` or `read PATH: …`, in Go's words, with the cause */
export const readText = (path: string, most = LARGEST_TEXT): string => {
  // Never waits for the other end of a pipe.
  const fd = goErrors('open', path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  try {
    const buffer = Buffer.allocUnsafe(most + 1)
    let length = 0
    for (;;) {
      const count = goErrors('read', path, () => readSync(fd, buffer, length, buffer.length - length, null))
      length += count
      if (length > most) throw new Error(`read ${path}: more than ${most} bytes`)
      if (count === 0) return buffer.toString('utf8', 0, length)
    }
  } finally {
    closeSync(fd)
  }
}
