/**
 * Running a program of the system (nft, iptables-restore, conntrack, modprobe): an absolute path, an argument list, standard input;
 * no shell, a bounded time and a bounded output. Synchronous, because netfilter changes are steps of a plan.
 */
import { statSync } from 'node:fs'
import { beginProgram, type Spawned, spawnProgram } from './spawn.ts'

/** Where system programs live. PATH is the caller's and may be hostile or empty (a runtime's plugin environment is). */
const PROGRAM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin']

export interface CommandResult {
  /** Exit status; 128 + signal number is not used: a killed program throws. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A program that is not installed, did not start, was killed, or took too long. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** A program that waits for its input. */
export interface BegunCommand {
  /** Gives it the first part of its input. @throws RangeError for more than 64 KiB */
  feed(part: string): void
  /** Gives it the rest of its input and waits for its end. @throws CommandError `ETIMEDOUT`, `EKILLED` */
  finish(rest: string): CommandResult
}

/** Runs programs; given as a value so that what runs them can be replaced in unit tests. */
export interface CommandRunner {
  /** @throws CommandError `ENOENT` when no such program is installed, `ETIMEDOUT`, `EKILLED` */
  run(program: string, parameters: readonly string[], input?: string): CommandResult
  /**
   * Starts a program whose input, at most 64 KiB, comes later; it must get some, if only an empty one. @throws CommandError `ENOENT`, or why it
   * does not start
   */
  begin?(program: string, parameters: readonly string[]): BegunCommand
  /** The absolute path of a program, or undefined when it is not installed. */
  find(program: string): string | undefined
  /** Programs started so far: what a change cost. */
  readonly counters: { started: number }
}

export const TIMEOUT_MILLISECONDS = 60_000
export const OUTPUT_BYTES = 256 << 20
/** A C locale keeps messages comparable; PATH lets iptables find its own helpers and nothing else. */
export const ENVIRONMENT = { LC_ALL: 'C', PATH: PROGRAM_FOLDERS.join(':') } as const

/** The commands of this system, in this thread's namespaces. */
export const openCommands = (): CommandRunner => {
  const counters = { started: 0 }
  const paths = new Map<string, string>()
  const find = (program: string): string | undefined => {
    const known = paths.get(program) ?? PROGRAM_FOLDERS.map((folder) => `${folder}/${program}`).find(isFile)
    if (known !== undefined) paths.set(program, known)
    return known
  }
  const run = (program: string, parameters: readonly string[], input = ''): CommandResult => {
    const path = foundPath(program, find)
    counters.started += 1
    return resultOf(path, spawnProgram([path, ...parameters], { ...OPTIONS, input }))
  }
  const begin = (program: string, parameters: readonly string[]): BegunCommand => {
    const path = foundPath(program, find)
    const begun = beginProgram([path, ...parameters], OPTIONS)
    counters.started += 1
    return { feed: begun.feed, finish: (rest) => resultOf(path, begun.finish(rest)) }
  }
  return { run, begin, find, counters }
}

/** @throws CommandError ENOENT when no such program is installed */
export const foundPath = (program: string, find: CommandRunner['find']): string => {
  const path = find(program)
  if (path === undefined) throw new CommandError(`${program} is not installed (looked in ${PROGRAM_FOLDERS.join(', ')})`, 'ENOENT')
  return path
}

const OPTIONS = { env: ENVIRONMENT, timeout: TIMEOUT_MILLISECONDS, maxBuffer: OUTPUT_BYTES } as const

const resultOf = (path: string, { status, signal, stdout, stderr, failure }: Spawned): CommandResult => {
  if (failure !== undefined) throw new CommandError(`${path}: ${failure.message}`, failure.code)
  if (status === null) throw new CommandError(`${path}: killed by ${signal}`, 'EKILLED')
  return { status, stdout, stderr }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true
