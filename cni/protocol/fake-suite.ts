/** A plugin suite for unit tests: a plugin that records its calls, on a machine that exists in memory only. */
import type { EnvironmentVariables } from './environment.ts'
import type { Execution } from './execution.ts'
import type { Call, Plugin } from './plugin.ts'
import { EMPTY_RESULT, type Result } from './result.ts'
import { type Host, type Outcome, run, type Suite } from './run.ts'

export const RESULT: Result = { ...EMPTY_RESULT, ips: [{ address: { address: '10.0.0.2', prefixLength: 24 } }] }

export interface Recorder {
  readonly plugin: Plugin
  /** Verb and container id of every call, in order. */
  readonly calls: string[]
}

/** A plugin with all verbs; `behaviour` replaces some of them. */
export const recorder = (name: string, behaviour: Partial<Plugin> = {}): Recorder => {
  const calls: string[] = []
  const record = (verb: string) => (call: Call) => void calls.push(`${verb} ${call.containerId}`)
  const add = (call: Call): Result => {
    record('ADD')(call)
    return RESULT
  }
  const verbs = { add, del: record('DEL'), check: record('CHECK'), gc: record('GC'), status: record('STATUS') }
  return { calls, plugin: { name, ...verbs, ...behaviour } }
}

/** A machine: files by path, what executing one gives, the path of the process's own namespace, the path of its own executable. */
export interface FakeMachine {
  readonly files?: Readonly<Record<string, Execution>>
  readonly ownNamespace?: string
  readonly ownExecutable?: string
  /** Filled with what was executed. */
  readonly executed?: { path: string; env: EnvironmentVariables; stdin: string }[]
}

export const fakeHost = ({ files = {}, ownNamespace, ownExecutable, executed = [] }: FakeMachine = {}): Host => ({
  isFile: (path) => Object.hasOwn(files, path),
  isOwnExecutable: (path) => path === ownExecutable,
  isOwnNamespace: (path) => path === ownNamespace,
  execute: (path, env, stdin) => {
    executed.push({ path, env, stdin: Buffer.from(stdin).toString() })
    return files[path] ?? { stdout: '', stderr: '', failure: 'exit status 127' }
  },
})

export const ENV = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'cid1',
  CNI_NETNS: '/run/netns/pod',
  CNI_IFNAME: 'eth0',
  CNI_PATH: '/bin1:/bin2',
} as const

/** Runs the first plugin of a suite. */
export const runFirst = (suite: Suite, env: EnvironmentVariables, stdin = '{"name":"net","cniVersion":"1.1.0"}'): Outcome =>
  run(suite, { argv0: `/opt/cni/bin/${suite.plugins[0]?.name}`, env: { ...ENV, ...env }, readStdin: () => Buffer.from(stdin) })
