/**
 * A child process: its start by posix_spawn(3), and its end.
 *
 *   posix_spawnattr_t: i16 flags; at 8 the signals to be handled as usual, at 136 those to be blocked, a bit each; 336 bytes
 *
 * @see glibc's spawn.h
 */
import type { Spawned, Words } from '../spawn.ts'
import { addressOf, call, failure, openFunction, pathBytes, perform } from './calls.ts'
import { SYS } from './numbers.ts'

const SIGKILL = 9
const SIGCHLD = 17
/** sigset_t, to the kernel. */
export const SIGNAL_SET_BYTES = 8

let posixSpawn: ReturnType<typeof openFunction> | undefined

/** @throws what node:fs would throw for the errno @returns the child's process id */
export const startChild = (words: Words, env: Readonly<Record<string, string | undefined>>): number => {
  posixSpawn ??= openFunction('posix_spawn', 6)
  // Whoever started us may ignore it, and then nobody is told how a child ended.
  call(SYS.rt_sigaction, SIGCHLD, Buffer.alloc(DEFAULT_ACTION_BYTES), null, SIGNAL_SET_BYTES)
  const [path] = words
  const pid = new Int32Array(1)
  const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  const number = posixSpawn(pid, pathBytes(path, 'posix_spawn'), null, usualSignals(), textArray(words), textArray(variables))
  if (number !== 0) throw failure(number, { syscall: 'posix_spawn', path })
  return pid[0] ?? 0
}

/** struct sigaction with SIG_DFL. */
const DEFAULT_ACTION_BYTES = 32

const ATTRIBUTES_BYTES = 336
const SET_SIGNALS_TO_DEFAULT = 0x04
const SET_SIGNAL_MASK = 0x08

/** No signal is ignored or blocked: the runtime ignores SIGPIPE and SIGXFSZ. */
const usualSignals = (): Buffer => {
  const attributes = Buffer.alloc(ATTRIBUTES_BYTES)
  attributes.writeUInt16LE(SET_SIGNALS_TO_DEFAULT | SET_SIGNAL_MASK, 0)
  return attributes.fill(0xff, 8, 136)
}

/** An array of C strings with a null pointer at its end, and the strings behind it. @throws TypeError for a zero byte */
const textArray = (texts: readonly string[]): Buffer => {
  if (texts.some((text) => text.includes('\0'))) throw new TypeError('a parameter with a zero byte')
  const strings = Buffer.from(texts.map((text) => `${text}\0`).join(''))
  const start = (texts.length + 1) * POINTER_BYTES
  const array = Buffer.alloc(start + strings.length)
  array.set(strings, start)
  let address = addressOf(array) + start
  for (const [index, text] of texts.entries()) {
    array.writeBigUInt64LE(BigInt(address), index * POINTER_BYTES)
    address += Buffer.byteLength(text) + 1
  }
  return array
}

const POINTER_BYTES = 8

/** What a child is killed for, as node:child_process calls it. */
export const PRINTED_TOO_MUCH = { code: 'ENOBUFS', message: 'printed too much' }

export const killChild = (pid: number): void => {
  call(SYS.kill, pid, SIGKILL)
}

/** Waits for it. */
export const endChild = (pid: number): Pick<Spawned, 'status' | 'signal'> => {
  const word = new Int32Array(1)
  perform({ syscall: 'wait4' }, () => call(SYS.wait4, pid, word, 0, null))
  const status = word[0] ?? 0
  const signal = status & 0x7f
  return signal === 0 ? { status: status >> 8, signal: null } : { status: null, signal: SIGNALS[signal] ?? `SIG${signal}` }
}

/** By their numbers, signal(7). */
const SIGNALS: readonly string[] = [
  ...['', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1', 'SIGSEGV', 'SIGUSR2'],
  ...['SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU'],
  ...['SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS'],
]
