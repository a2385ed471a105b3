/** A pipe to a child's standard input. */
import { hasCode } from '../errno.ts'
import { addressOf, call, perform } from './calls.ts'
import { writeSync } from './fs.ts'
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

/** Writes and closes it. A program need not read its input. @throws RangeError */
export const feed = (fd: number, input: string): void => {
  const bytes = Buffer.from(input)
  try {
    if (bytes.length > PIPE_BYTES) throw new RangeError(`${bytes.length} bytes for a pipe of ${PIPE_BYTES}`)
    writeSync(fd, bytes)
  } catch (error) {
    if (!hasCode(error, 'EPIPE')) throw error
  } finally {
    call(SYS.close, fd)
  }
}
