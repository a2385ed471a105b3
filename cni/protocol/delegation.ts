/** Running another plugin (IPAM) on this call's own config. */
import type { Environment, EnvironmentVariables } from './environment.ts'
import { type Execution, errorOf, resultOf } from './execution.ts'
import { findPlugin } from './find-plugin.ts'
import type { GoValue } from './json.ts'
import type { Delegate, Verb } from './plugin.ts'
import type { Result } from './result.ts'
import type { Outcome, Running } from './run.ts'
import type { CniVersion } from './version.ts'

/** The executables of this machine. */
export interface Executables {
  /** Whether `path` is a regular file, symbolic links followed. */
  isFile(path: string): boolean
  /** Whether `path` is the very file this process runs (same device and inode). */
  isOwnExecutable(path: string): boolean
  /** Runs a program without arguments, with exactly this environment, `stdin` as its input. */
  execute(path: string, env: EnvironmentVariables, stdin: Uint8Array): Execution
}

interface DelegationOptions {
  readonly running: Running
  readonly environment: Environment
  readonly stdin: Uint8Array
  /** The same, read. */
  readonly config: GoValue
  readonly cniVersion: CniVersion
  /** Runs a plugin in this process. */
  runHere(running: Running): Outcome
  /** Takes what a successful delegate wrote to its standard error. */
  print(text: string): void
}

/** How this call runs other plugins. */
export const delegation = (options: DelegationOptions): Delegate => {
  const perform = (verb: Verb, type: string): Execution => {
    const execution = execute(options, verb, type)
    if (execution.failure !== undefined) throw errorOf(execution)
    options.print(execution.stderr)
    return execution
  }
  /** It believes that its address is in use; the runtime's DEL, which comes next, is asked to say the same. */
  const release = (type: string): void => {
    try {
      perform('DEL', type)
    } catch {
      // What is told is why its result could not be read.
    }
  }
  return {
    add: (type): Result => {
      const given = perform('ADD', type)
      try {
        return resultOf(given, options.cniVersion)
      } catch (error) {
        release(type)
        throw error
      }
    },
    del: (type) => void perform('DEL', type),
    check: (type) => void perform('CHECK', type),
    gc: (type) => void perform('GC', type),
    status: (type) => void perform('STATUS', type),
  }
}

/**
 * A plugin of this very executable runs in this process, which saves starting one; all that differs is the time. Every other is
 * executed. Both get the same environment and the same bytes.
 */
const execute = ({ running, environment, stdin, config, runHere }: DelegationOptions, verb: Verb, type: string): Execution => {
  const { suite, request, callers } = running
  const path = findPlugin(type, environment.path, suite.host.isFile)
  const env = { ...request.env, CNI_COMMAND: verb }
  const own = suite.host.isOwnExecutable(path) ? suite.plugins.find(({ name }) => name === type) : undefined
  if (own === undefined) return suite.host.execute(path, env, stdin)
  const chain = [...callers, running.plugin.name]
  // A config that names a plugin as its own IPAM would go round for ever.
  if (chain.includes(own.name)) throw new Error(`plugin ${own.name} cannot delegate to itself`)
  const { exitCode, ...output } = runHere({ suite, plugin: own, request: { env, readStdin: () => stdin }, config, callers: chain })
  return exitCode === 0 ? output : { ...output, failure: `exit status ${exitCode}` }
}
