/**
 * Starting a program and waiting for its end. Under Bun by Bun itself: there `node:child_process`, and the first use of its spawnSync,
 * cost a CNI call as much as the program that it runs.
 */

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
export const spawnProgram = (words: readonly [path: string, ...parameters: string[]], options: SpawnOptions): Spawned =>
  'Bun' in globalThis
    ? spawnByBun((globalThis as { readonly Bun?: unknown }).Bun as BunSpawner, words, options)
    : spawnByNode(words, options)

const spawnByNode = ([path, ...parameters]: readonly [path: string, ...parameters: string[]], options: SpawnOptions): Spawned => {
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const outcome = spawnSync(path, parameters, { ...options, encoding: 'utf8', cwd: '/', killSignal: 'SIGKILL' })
  const { status, signal, error } = outcome
  // A program that did not start has no output.
  const spawned = { status, signal, stdout: outcome.stdout ?? '', stderr: outcome.stderr ?? '' }
  // A program need not read all its input: what it says and its status count.
  const isUnread = error !== undefined && 'code' in error && error.code === 'EPIPE' && status !== null
  return error === undefined || isUnread ? spawned : { ...spawned, failure: failureOf(error) }
}

/** What is used of Bun.spawnSync, https://bun.com/reference/bun/spawnSync. */
interface BunSpawner {
  spawnSync(
    words: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ): {
    readonly exitCode: number | null
    readonly signalCode?: string
    readonly stdout: Buffer
    readonly stderr: Buffer
    readonly exitedDueToTimeout?: boolean
    readonly exitedDueToMaxBuffer?: boolean
  }
}

const spawnByBun = (bun: BunSpawner, words: readonly string[], { input, ...options }: SpawnOptions): Spawned => {
  try {
    const stdin = input === '' ? 'ignore' : Buffer.from(input)
    const outcome = bun.spawnSync(words, { ...options, stdin, stdout: 'pipe', stderr: 'pipe', cwd: '/', killSignal: 'SIGKILL' })
    const { exitCode, signalCode = null, exitedDueToTimeout = false, exitedDueToMaxBuffer = false } = outcome
    const texts = { stdout: outcome.stdout.toString(), stderr: outcome.stderr.toString() }
    const spawned = { status: signalCode === null ? exitCode : null, signal: signalCode, ...texts }
    if (exitedDueToTimeout) return { ...spawned, failure: { code: 'ETIMEDOUT', message: 'took too long' } }
    if (exitedDueToMaxBuffer) return { ...spawned, failure: { code: 'ENOBUFS', message: 'printed too much' } }
    return spawned
  } catch (error) {
    return { status: null, signal: null, stdout: '', stderr: '', failure: failureOf(error) }
  }
}

const failureOf = (error: unknown): { readonly code: string; readonly message: string } => ({
  code: error instanceof Error && 'code' in error ? String(error.code) : 'EUNKNOWN',
  message: error instanceof Error ? error.message : String(error),
})
