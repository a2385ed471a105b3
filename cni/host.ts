/** The machine under a CNI executable: its namespace, its file, other executables. An edge: nothing here decides. */
import { type BigIntStats, statSync } from 'node:fs'
import { textOf } from '#kernel/errno.ts'
import type { executeProgram, Spawned } from '#kernel/spawn.ts'
import { CniError, ERROR_CODE } from './protocol/error.ts'
import type { Execution } from './protocol/execution.ts'
import type { Host } from './protocol/run.ts'

const OWN_EXECUTABLE = '/proc/self/exe'
const OWN_NAMESPACE = '/proc/thread-self/ns/net'

/** A plugin's result is a few kilobytes; what prints more is cut off and fails. */
const OUTPUT_BYTES = 16 << 20

/** An executable being written cannot be started; the reference waits this often, a second each time. */
const BUSY_RETRIES = 6
const BUSY_MILLISECONDS = 1000

/** @param run what starts other plugins */
export const createHost = (run: typeof executeProgram): Host => ({
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  isOwnExecutable: (path) => isSame(fileAt(path), fileAt(OWN_EXECUTABLE)),
  isOwnNamespace: (path) => {
    const own = fileAt(OWN_NAMESPACE)
    if (own === undefined) throw new CniError(ERROR_CODE.invalidNamespace, "get plugin's netns failed")
    return isSame(fileAt(path), own)
  },
  // A child that hangs outlives a parent that is killed, as with the reference: nothing of ours runs between fork and exec, where it could be told
  // to die too (PR_SET_PDEATHSIG), and while it is waited for no handler of a signal runs.
  execute: (path, env, stdin) => {
    for (let retries = 0; ; retries++) {
      const outcome = run(path, { env, input: stdin, maxBuffer: OUTPUT_BYTES })
      if (outcome.failure?.code !== 'ETXTBSY' || retries === BUSY_RETRIES) return executionOf(path, outcome)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MILLISECONDS)
    }
  },
})

/** Which file it is, as far as the running system tells: one that cannot be looked at is none. */
const fileAt = (path: string): BigIntStats | undefined => {
  try {
    return statSync(path, { bigint: true })
  } catch {
    return undefined
  }
}

const isSame = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino

/** The signals a plugin ends by, in Go's words. */
const SIGNAL_WORDS = new Map([
  ['SIGKILL', 'killed'],
  ['SIGTERM', 'terminated'],
  ['SIGSEGV', 'segmentation fault'],
  ['SIGABRT', 'aborted'],
])

const executionOf = (path: string, { status, signal, stdout, stderr, failure }: Spawned): Execution => {
  const printed = { stdout, stderr }
  if (status === 0 && failure === undefined) return printed
  if (failure !== undefined) return { ...printed, failure: `fork/exec ${path}: ${textOf(failure.code) ?? failure.message}` }
  return { ...printed, failure: status === null ? `signal: ${SIGNAL_WORDS.get(signal ?? '') ?? signal}` : `exit status ${status}` }
}
