/**
 * The system calls that JavaScript runtimes do not offer, as one table. Two implementations exist, one per foreign function
 * interface (`libc.node.ts` with koffi, `libc.bun.ts` with bun:ffi); package.json's `#libc` picks one.
 *
 * Every call returns what the system call returns, or `-errno` when it failed (the kernel's own convention: one value, no
 * thread-local errno to lose). The calls are synchronous and belong to the calling thread.
 */
import type { Begun, ExecuteOptions, Spawned, SpawnOptions, Words } from './spawn.ts'

export interface Libc {
  /** socket(2): a file descriptor, close-on-exec. */
  socket(domain: number, type: number, protocol: number): number
  /** bind(2) to the raw sockaddr bytes. */
  bind(fd: number, address: Uint8Array): number
  /** getsockname(2): fills `address` with the raw sockaddr bytes. */
  getsockname(fd: number, address: Uint8Array): number
  /** setsockopt(2) with an int value. */
  setsockopt(fd: number, level: number, option: number, value: number): number
  /** getsockopt(2) of an int value into the first word of `value`. */
  getsockopt(fd: number, level: number, option: number, value: Int32Array): number
  /** send(2): the number of bytes sent. */
  send(fd: number, data: Uint8Array, flags: number): number
  /** recv(2): the number of bytes received; with MSG_TRUNC the message's real length. */
  recv(fd: number, into: Uint8Array, flags: number): number
  /** setns(2) of the calling thread: `type` is CLONE_NEWNET or 0 for whatever `fd` refers to. */
  setns(fd: number, type: number): number
  /** getrandom(2): fills `into`, at most 256 bytes, which it always does whole. */
  getrandom(into: Uint8Array): number
  /** flock(2); blocks the thread unless LOCK_NB is given. */
  flock(fd: number, operation: number): number
  /** Runs a program to its end in the folder `/`, as spawn.ts says. @throws Error what could not be started, or made for it, with its errno's name */
  spawn(words: Words, options: SpawnOptions): Spawned
  /** Starts a program whose input comes later; where that cannot be done it starts then. @throws as spawn */
  begin(words: Words, options: Omit<SpawnOptions, 'input'>): Begun
  /** Runs a program as spawn.ts's executeProgram says. @throws Error what could not be started, with its errno's name */
  execute(path: string, options: ExecuteOptions): Spawned
  /** statfs(2): the file system's magic number (f_type). */
  statfsType(path: string): number
}
