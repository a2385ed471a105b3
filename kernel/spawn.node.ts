/** Starting programs by Node itself. */
import type { SpawnSyncOptions } from 'node:child_process'
import type { Begun, ExecuteOptions, Spawned, SpawnOptions, Words } from './spawn.ts'

/** @see Libc.spawn */
export const spawnByNode = (words: Words, options: SpawnOptions): Spawned => outcomeOf(words, { ...options, cwd: '/' })

/** @see Libc.execute */
export const executeByNode = (path: string, options: ExecuteOptions): Spawned => outcomeOf([path], options)

const outcomeOf = ([path, ...parameters]: Words, options: SpawnSyncOptions): Spawned => {
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const outcome = spawnSync(path, parameters, { ...options, encoding: 'utf8', killSignal: 'SIGKILL' })
  const { status, signal, error } = outcome
  // A program that did not start has no output.
  const spawned = { status, signal, stdout: outcome.stdout ?? '', stderr: outcome.stderr ?? '' }
  // A program need not read all its input: what it says and its status count.
  const isUnread = error !== undefined && 'code' in error && error.code === 'EPIPE' && status !== null
  return error === undefined || isUnread ? spawned : { ...spawned, failure: failureOf(error) }
}

/** @see Libc.begin */
export const beginByNode = (words: Words, options: Omit<SpawnOptions, 'input'>): Begun => {
  let input = ''
  return {
    feed: (part) => {
      input += part
    },
    finish: (rest) => spawnByNode(words, { ...options, input: input + rest }),
  }
}

const failureOf = (error: Error): { readonly code: string; readonly message: string } => ({
  code: 'code' in error ? String(error.code) : 'EUNKNOWN',
  message: error.message,
})
