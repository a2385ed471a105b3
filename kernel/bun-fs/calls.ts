/**
 * System calls through Bun's foreign function interface, those of libc.bun.ts too, and the failures of the file system's as the errors that
 * node:fs throws. One function of libc serves all: each one that is opened costs a CNI call, and so does the module bun:ffi, which adds names
 * and checks to what `Bun.FFI` has.
 */
import { wordsOf } from '../errno.ts'

/** A pointer: an address, or a view whose memory the kernel reads or fills; an integer where the call takes one. */
type Word = number | NodeJS.ArrayBufferView | null

/** What is used of Bun.FFI, by the names of https://bun.com/docs/runtime/ffi. */
interface ForeignFunctions {
  dlopen<Symbols>(library: string, functions: Readonly<Record<string, Signature>>): { readonly symbols: Symbols }
  ptr(view: NodeJS.ArrayBufferView): number
  readonly read: { i32(address: number, offset: number): number }
}

interface Signature {
  readonly args: readonly string[]
  readonly returns: string
}

interface Symbols {
  syscall(number: number, first: number, second?: Word, third?: Word, fourth?: Word, fifth?: Word, sixth?: Word): number
  __errno_location(): number
}

declare const Bun: { readonly FFI: ForeignFunctions }

const { FFI } = Bun

const LIBRARY = 'libc.so.6'

/** Results are taken as 32 bits: nothing here reads or writes gigabytes at once. */
const { symbols } = FFI.dlopen<Symbols>(LIBRARY, {
  syscall: { args: ['i64', 'i64', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr'], returns: 'i32' },
  __errno_location: { args: [], returns: 'ptr' },
})

/**
 * syscall(2): a number of `SYS`, and that system call's own parameters. -1 when it failed, see `errno`. The first
 * parameter is a number: no call is used here that takes a pointer there.
 */
export const call = symbols.syscall

/** One more function of libc, whose parameters are `count` pointers and whose result is an int. Opening it takes a tenth of a millisecond. */
export const openFunction = (name: string, count: number): ((...parameters: Word[]) => number) => {
  const signature = { args: new Array<string>(count).fill('ptr'), returns: 'i32' }
  const opened = FFI.dlopen<Readonly<Record<string, (...parameters: Word[]) => number>>>(LIBRARY, { [name]: signature }).symbols[name]
  if (opened === undefined) throw new Error(`${LIBRARY} has no ${name}`)
  return opened
}

/** Where a view's memory is: the kernel reads it there as long as the view is held. */
export const addressOf = (view: NodeJS.ArrayBufferView): number => FFI.ptr(view)

/** The address of this thread's errno never changes. */
const errnoLocation = symbols.__errno_location()
export const errno = (): number => FFI.read.i32(errnoLocation, 0)

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
