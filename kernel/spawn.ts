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

/** Runs a program, named by its absolute path, in the folder `/`. Never throws. */
export const spawnProgram = (words: Words, options: SpawnOptions): Spawned => {
  try {
    return libc.spawn(words, options)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN'
    return { status: null, signal: null, stdout: '', stderr: '', failure: { code, message: reasonOf(error) } }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
