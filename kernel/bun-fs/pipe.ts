/** Pipes between this process and a child. */
import { hasCode } from '../errno.ts'
import { addressOf, call, perform } from './calls.ts'
import { constants, writeSync } from './fs.ts'
import { SYS } from './numbers.ts'

/** Neither end is a child's, but for the one that becomes its standard input. */
export const pipe = (): readonly [readEnd: number, writeEnd: number] => {
  const ends = new Int32Array(2)
  perform({ syscall: 'pipe2' }, () => call(SYS.pipe2, addressOf(ends), O_CLOEXEC))
  return [ends[0] ?? -1, ends[1] ?? -1]
}

const O_CLOEXEC = 0o2000000
/** So much is taken at once, whether it is read or not. */
const PIPE_BYTES = 1 << 16

/** Writes, after `before` bytes that were written already. A program need not read its input. @returns the bytes @throws RangeError */
export const feed = (fd: number, part: string, before: number): number => {
  const bytes = Buffer.from(part)
  if (before + bytes.length > PIPE_BYTES) throw new RangeError(`${before + bytes.length} bytes for a pipe of ${PIPE_BYTES}`)
  try {
    return writeSync(fd, bytes)
  } catch (error) {
    if (!hasCode(error, 'EPIPE')) throw error
    return 0
  }
}

/** Writes, and closes it. @throws RangeError */
export const feedLast = (fd: number, rest: string, before: number): void => {
  try {
    feed(fd, rest, before)
  } finally {
    call(SYS.close, fd)
  }
}

const F_SETFL = 4

/** Writing takes what there is room for, from now on. */
export const unblock = (fd: number): void => {
  perform({ syscall: 'fcntl' }, () => call(SYS.fcntl, fd, F_SETFL, constants.O_WRONLY | constants.O_NONBLOCK))
}

/** Writes what there is room for. @returns the rest; nothing when nobody will read it */
export const writePart = (fd: number, bytes: Uint8Array): Uint8Array => {
  try {
    return bytes.subarray(writeSync(fd, bytes))
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return bytes
    if (hasCode(error, 'EPIPE')) return bytes.subarray(bytes.length)
    throw error
  }
}
