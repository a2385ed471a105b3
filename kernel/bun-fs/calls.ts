/**
 * The calls of libc through bun:ffi, those of libc.bun.ts too: opening the library twice would cost a CNI call a quarter of a millisecond. And
 * the failures of the file system's as the errors that node:fs throws.
 */
/// <reference path="../../node_modules/bun-types/ffi.d.ts" />
import { dlopen, type Pointer, read } from 'bun:ffi'
import { wordsOf } from '../errno.ts'

/**
 * `syscall` stands for what older versions of glibc have no function for: statx and getdents64. Results are taken as 32 bits, because 64 come as
 * BigInt: nothing here reads or writes gigabytes at once.
 */
const { symbols } = dlopen('libc.so.6', {
  open: { args: ['ptr', 'i32', 'u32'], returns: 'i32' },
  read: { args: ['i32', 'ptr', 'usize'], returns: 'i32' },
  pread64: { args: ['i32', 'ptr', 'usize', 'i64'], returns: 'i32' },
  write: { args: ['i32', 'ptr', 'usize'], returns: 'i32' },
  close: { args: ['i32'], returns: 'i32' },
  unlink: { args: ['ptr'], returns: 'i32' },
  mkdir: { args: ['ptr', 'u32'], returns: 'i32' },
  rename: { args: ['ptr', 'ptr'], returns: 'i32' },
  utimensat: { args: ['i32', 'ptr', 'ptr', 'i32'], returns: 'i32' },
  realpath: { args: ['ptr', 'ptr'], returns: 'ptr' },
  syscall: { args: ['i64', 'i64', 'ptr', 'i64', 'i64', 'ptr'], returns: 'i32' },
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
  getsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'ptr'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'usize', 'i32'], returns: 'i32' },
  recv: { args: ['i32', 'ptr', 'usize', 'i32'], returns: 'i32' },
  setns: { args: ['i32', 'i32'], returns: 'i32' },
  flock: { args: ['i32', 'i32'], returns: 'i32' },
  statfs: { args: ['ptr', 'ptr'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
})

export const calls = symbols

/** The address of this thread's errno never changes. */
const errnoLocation = symbols.__errno_location() ?? 0
export const errno = (): number => read.i32(errnoLocation as Pointer, 0)

const EINTR = 4

/** What a failure was about, as node:fs tells it. */
export interface Subject {
  readonly syscall: string
  readonly path?: string
  readonly dest?: string
}

/** Makes a call again when a signal came in between. @returns its result @throws the error that node:fs would throw for its errno */
export const perform = (subject: Subject, call: () => number): number => {
  for (;;) {
    const result = call()
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
const buffers = [Buffer.alloc(PATH_BYTES + 4), Buffer.alloc(PATH_BYTES + 4)] as const

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
