/** One call on the real process, from its environment to its end. */
import '../quick-builtins.ts'
import { executeProgram } from '#kernel/spawn.ts'
import { createHost } from '../host.ts'
import type { Plugin } from '../protocol/plugin.ts'
import { run } from '../protocol/run.ts'
import { readStdin, writeAll } from '../stdio.ts'
import { PLUGINS } from './program-of.ts'

/** Set by scripts/build.ts. */
declare const SELVEDGE_VERSION: string

/** @param plugins the one that is called, with those it may run in this process */
export const runProcess = (plugins: readonly Plugin[]): never => {
  // Nobody is shown a stack, and each error that is expected (a file that is not there) would spend half a millisecond on its own.
  Error.stackTraceLimit = 0
  const suite = { plugins, names: PLUGINS, version: `selvedge v${SELVEDGE_VERSION}`, host: createHost(executeProgram) }
  const { stdout, stderr, exitCode } = run(suite, { argv0: process.argv0, env: process.env, readStdin })
  writeAll(2, stderr)
  writeAll(1, stdout)
  process.exit(exitCode)
}
