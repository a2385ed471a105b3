/**
 * System calls of the executables, those of libc.bun.ts too, and the failures of the file system's as the errors that node:fs throws.
 */
import { addressOf, call, errno } from '#foreign'
import { wordsOf } from '../errno.ts'

export { addressOf, call, errno }

/** Paths are relative to the working directory. */
export const AT_FDCWD = -100

const EINTR = 4

/** What a failure was about, as node:fs tells it. */
export interface Subject {
  readonly syscall: string
  readonly path?: string
  readonly dest?: string
}

/** Makes a call again when a signal came in between. @returns its result @throws the error that node:fs would throw for its errno */
export const perform = (subject: Subject, action: () => number): number => {
  for (;;) {
    const result = action()
    if (result >= 0) return result
    const number = errno()
    if (number !== EINTR) throw failure(number, subject)
  }
}

/** An error with the fields of node:fs's own: code, errno, syscall, path, dest. The words between are those of errno.ts. */
export const failure = (number: number, subject: Subject): Error => {
  const [code, reason] = wordsOf(number)
  const { syscall, path, dest } = subject
  const names = [path, dest].flatMap((each) => (each === undefined ? [] : [`'${each}'`])).join(' -> ')
  const error = new Error(`${code}: ${reason}, ${syscall}${names === '' ? '' : ` ${names}`}`)
  return Object.assign(error, { code, errno: -number, ...subject })
}

const PATH_BYTES = 4096
const ENAMETOOLONG = 36
const buffers = [Buffer.allocUnsafeSlow(PATH_BYTES + 4), Buffer.allocUnsafeSlow(PATH_BYTES + 4)] as const

/**
 * A path as the kernel reads it: its bytes with a zero at their end, valid until the next call with the same `slot`.
 * @throws Error ERR_INVALID_ARG_VALUE for a path that contains a zero byte, ENAMETOOLONG
 */
export const pathBytes = (path: string, syscall: string, slot: 0 | 1 = 0): Buffer => {
  if (path.includes('\0')) {
    const error = new TypeError("The argument 'path' must be a string, Uint8Array, or URL without null bytes.")
    throw Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' })
  }
  const buffer = buffers[slot]
  const length = buffer.write(path)
  if (length >= PATH_BYTES) throw failure(ENAMETOOLONG, { syscall, path })
  buffer[length] = 0
  return buffer
}
