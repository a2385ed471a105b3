/**
 * Functions of libc through Bun's foreign function interface. One serves all system calls: each one that is opened costs a CNI call, and so does
 * the module bun:ffi, which adds names and checks to what `Bun.FFI` has.
 */
import type { Foreign } from '../foreign.ts'

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
  readonly syscall: Foreign['call']
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

export const call = symbols.syscall

/** The address of this thread's errno never changes. */
const errnoLocation = symbols.__errno_location()
export const errno: Foreign['errno'] = () => FFI.read.i32(errnoLocation, 0)

export const addressOf: Foreign['addressOf'] = (view) => FFI.ptr(view)

let opened: Foreign['posixSpawn'] | undefined

/** Opening it takes a tenth of a millisecond: only when it is called. */
export const posixSpawn: Foreign['posixSpawn'] = (...parameters) => {
  opened ??= FFI.dlopen<{ readonly posix_spawn: Foreign['posixSpawn'] }>(LIBRARY, {
    posix_spawn: { args: new Array<string>(parameters.length).fill('ptr'), returns: 'i32' },
  }).symbols.posix_spawn
  return opened(...parameters)
}
