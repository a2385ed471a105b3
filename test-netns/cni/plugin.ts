/** The real executables of dist/bin, driven as a container runtime drives them: environment and standard input in, text out. */
import { dirname, join } from 'node:path'
import { execa } from 'execa'

const ROOT = dirname(dirname(import.meta.dirname))

/** Where the executables are, for CNI_PATH. */
export const BIN = join(ROOT, 'dist/bin')

/** Builds the executables; instant when they are fresh. Call it before the tests of a file: `t.before(buildExecutables)`. */
export const buildExecutables = async (): Promise<void> => {
  await execa('node', [join(ROOT, 'scripts/build.ts')])
}

/** One call. What is left out has the value of an ordinary attachment. */
export interface PluginCall {
  /** Name of the namespace (`ip netns`) that plays the host. */
  readonly host: string
  /** The config: an object, or its text. */
  readonly config: object | string
  /** Path of the container's namespace. */
  readonly netns?: string
  readonly containerId?: string
  readonly ifname?: string
  readonly args?: string
  readonly path?: string
  /** More environment, or other values for what the fields above set; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** A program, with its parameters, that runs the executable: strace, for instance. */
  readonly under?: readonly string[]
}

export interface PluginOutcome {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON; undefined when it is empty or no JSON. */
  readonly result: unknown
}

export interface DrivenPlugin {
  add(call: PluginCall): Promise<PluginOutcome>
  del(call: PluginCall): Promise<PluginOutcome>
  check(call: PluginCall): Promise<PluginOutcome>
  /** Any CNI_COMMAND. */
  command(command: string, call: PluginCall): Promise<PluginOutcome>
}

/** The executable `name` in `folder`. */
export const plugin = (name: string, folder = BIN): DrivenPlugin => {
  const command = (verb: string, call: PluginCall): Promise<PluginOutcome> => start(join(folder, name), environmentOf(verb, call), call)
  return {
    add: (call) => command('ADD', call),
    del: (call) => command('DEL', call),
    check: (call) => command('CHECK', call),
    command,
  }
}

const environmentOf = (verb: string, { netns = '', ...call }: PluginCall): Record<string, string> => {
  const variables = {
    PATH: process.env.PATH,
    CNI_COMMAND: verb,
    CNI_CONTAINERID: call.containerId ?? 'cid1',
    CNI_NETNS: netns,
    CNI_IFNAME: call.ifname ?? 'eth0',
    CNI_ARGS: call.args,
    CNI_PATH: call.path ?? BIN,
    ...call.env,
  }
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

const start = async (executable: string, env: Record<string, string>, { host, config, under = [] }: PluginCall): Promise<PluginOutcome> => {
  // nsenter changes the network namespace only and passes the environment on.
  const { exitCode, stdout, stderr } = await execa('nsenter', [`--net=/run/netns/${host}`, ...under, executable], {
    env,
    extendEnv: false,
    input: typeof config === 'string' ? config : JSON.stringify(config),
    reject: false,
    stripFinalNewline: false,
  })
  return { exitCode, stdout, stderr, result: parsed(stdout) }
}

const parsed = (stdout: string): unknown => {
  try {
    return JSON.parse(stdout)
  } catch {
    return undefined
  }
}
