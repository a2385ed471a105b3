/** Starting a program and waiting for its end: what both runtimes' ways of doing it have in common. */
import { libc } from '#libc'

/** An absolute path, and what follows it on the command line. */
export type Words = readonly [path: string, ...parameters: string[]]

export interface SpawnOptions {
  /** Written to its standard input. */
  readonly input: string
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds after which it is killed. */
  readonly timeout: number
  /** Bytes of output after which it is killed. */
  readonly maxBuffer: number
}

export interface Spawned {
  /** Exit status; null when it was killed, or did not start. */
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  /** Why it did not start, or was killed by us: `code` is ENOENT, EACCES, …, ETIMEDOUT, or ENOBUFS for too much output. */
  readonly failure?: { readonly code: string; readonly message: string }
}

/** @see Libc.execute */
export interface ExecuteOptions {
  /** Written to its standard input, of which it need not read all. */
  readonly input: Uint8Array
  /** Its whole environment; what is undefined is not in it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Bytes of output after which it is killed. */
  readonly maxBuffer: number
}

/** Runs any program, by its path, in this process's folder, until it and whoever shares its outputs has closed them. Never throws. */
export const executeProgram = (path: string, options: ExecuteOptions): Spawned => told(() => libc.execute(path, options))

/** Runs a program, named by its absolute path, in the folder `/`. Never throws. */
export const spawnProgram = (words: Words, options: SpawnOptions): Spawned => told(() => libc.spawn(words, options))

/** A failure to start is an outcome too. */
const told = (action: () => Spawned): Spawned => {
  try {
    return action()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
    return { status: null, signal: null, stdout: '', stderr: '', failure: { code, message: reasonOf(error) } }
  }
}

/** A program that was started, and waits for its input. */
export interface Begun {
  /** Gives it the first part of its input, which it may work on meanwhile. @throws RangeError for what no pipe holds */
  feed(part: string): void
  /**
   * Gives it the rest of its input, at most 64 KiB with all before, and waits for its end, once. Whoever dies before leaves it with what it got so
   * far. Never throws.
   */
  finish(rest: string): Spawned
}

/** Starts a program early, so that it gets ready while its input is worked out. Under Node it starts when all its input is there. @throws Error as Libc.spawn */
export const beginProgram = (words: Words, options: Omit<SpawnOptions, 'input'>): Begun => {
  const begun = libc.begin(words, options)
  return { feed: begun.feed, finish: (rest) => told(() => begun.finish(rest)) }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
