/**
 * Starting programs by posix_spawn(3). Bun's own spawnSync makes an event loop, four sockets and three threads for a child that reads a page and
 * prints nothing, and cannot give it its input later without running that loop. Here what it reads and prints are files in memory, or a pipe for
 * what it is to read later, and only its end is awaited.
 *
 *   rlimit: u64 soft, u64 hard
 */
import type { Begun, Spawned, SpawnOptions, Words } from '../spawn.ts'
import { addressOf, call, errno, failure, pathBytes } from './calls.ts'
import { endChild, killChild, PRINTED_TOO_MUCH, startChild } from './child.ts'
import { readFileSync, writeSync } from './fs.ts'
import { SYS } from './numbers.ts'
import { feed, feedLast, pipe } from './pipe.ts'
import { readyOf } from './poll.ts'
import { withStandardFiles } from './standard-files.ts'

/** @see Libc.spawn */
export const spawnByLibc = (words: Words, { input, ...options }: SpawnOptions): Spawned => startedWith(memoryFile(input), words, options)()

/** @see Libc.begin */
export const beginByLibc = (words: Words, options: Omit<SpawnOptions, 'input'>): Begun => {
  const [readEnd, writeEnd] = pipe()
  try {
    const ended = startedWith(readEnd, words, options)
    let bytes = 0
    return {
      feed: (part) => {
        bytes += feed(writeEnd, part, bytes)
      },
      finish: (rest) => {
        feedLast(writeEnd, rest, bytes)
        return ended()
      },
    }
  } catch (error) {
    call(SYS.close, writeEnd)
    throw error
  }
}

/** Starts it with `input`, which is closed here then. @returns what waits for its end */
const startedWith = (input: number, words: Words, options: Omit<SpawnOptions, 'input'>): (() => Spawned) => {
  const [stdout, stderr] = [memoryFile(''), memoryFile('')]
  try {
    const pid = withStandardFiles([input, stdout, stderr], () => startChild(words, options.env))
    limitFiles(pid, options.maxBuffer)
    return () => outcomeOf({ pid, stdout, stderr }, options)
  } catch (error) {
    for (const fd of [stdout, stderr]) call(SYS.close, fd)
    throw error
  } finally {
    call(SYS.close, input)
  }
}

interface Child {
  readonly pid: number
  readonly stdout: number
  readonly stderr: number
}

const outcomeOf = ({ pid, stdout, stderr }: Child, { timeout }: Pick<SpawnOptions, 'timeout'>): Spawned => {
  const inTime = ends(pid, timeout)
  if (!inTime) killChild(pid)
  const outcome = { ...endChild(pid), stdout: contentOf(stdout), stderr: contentOf(stderr) }
  for (const fd of [stdout, stderr]) call(SYS.close, fd)
  if (!inTime) return { ...outcome, failure: { code: 'ETIMEDOUT', message: 'took too long' } }
  if (outcome.signal === 'SIGXFSZ') return { ...outcome, failure: PRINTED_TOO_MUCH }
  return outcome
}

const MFD_CLOEXEC = 1
const MFD_NOEXEC_SEAL = 8
const EINVAL = 22

/** A file without a name, to be read from its beginning. */
const memoryFile = (content: string): number => {
  const name = pathBytes('stdio', 'memfd_create')
  // The flag is known since Linux 6.3, and may be demanded from then on (vm.memfd_noexec).
  let fd = call(SYS.memfd_create, addressOf(name), MFD_CLOEXEC | MFD_NOEXEC_SEAL)
  if (fd < 0 && errno() === EINVAL) fd = call(SYS.memfd_create, addressOf(name), MFD_CLOEXEC)
  if (fd < 0) throw failure(errno(), { syscall: 'memfd_create' })
  for (let rest = Buffer.from(content); rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest))
  call(SYS.lseek, fd, 0, SEEK_SET)
  return fd
}

const SEEK_SET = 0

const RLIMIT_FSIZE = 1

/** Files in memory have no other bound. What a child writes before it is told would fill no page. */
const limitFiles = (pid: number, bytes: number): void => {
  call(SYS.prlimit64, pid, RLIMIT_FSIZE, new BigUint64Array([BigInt(bytes), BigInt(bytes)]), null)
}

/** Whether a child ends within so many milliseconds. Before Linux 5.3 it is waited for as long as it takes. */
const ends = (pid: number, timeout: number): boolean => {
  const fd = call(SYS.pidfd_open, pid, 0)
  if (fd < 0) return true
  try {
    return readyOf([fd], { timeout }).length > 0
  } finally {
    call(SYS.close, fd)
  }
}

const contentOf = (fd: number): string => {
  call(SYS.lseek, fd, 0, SEEK_SET)
  return readFileSync(fd, 'utf8').toString()
}
