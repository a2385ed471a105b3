/** One call of a plugin, from environment and standard input to what it prints: the order of work of the reference's plugin skeleton. */
import { decode, string, struct } from './decode.ts'
import { delegation, type Executables } from './delegation.ts'
import { type Environment, type EnvironmentVariables, readEnvironment } from './environment.ts'
import { asCniError, CniError, ERROR_CODE, formatError, messageOf } from './error.ts'
import { type GoValue, parseJson } from './json.ts'
import { checkNetworkName } from './names.ts'
import type { Call, Plugin } from './plugin.ts'
import { pluginName } from './plugin-name.ts'
import type { WrittenResult } from './result.ts'
import { formatResult } from './result-format.ts'
import { aboutText, allowVerb, formatVersions, reconcileVersion } from './version.ts'

/** The plugins of one executable, and what they stand on. */
export interface Suite {
  /** Those that are loaded: every other one is executed when it is delegated to. */
  readonly plugins: readonly Plugin[]
  /** What the executable may be called, loaded or not; absent: the names of `plugins`. */
  readonly names?: readonly string[]
  /** What the about text says, e.g. `v1.0.0`. */
  readonly version: string
  readonly host: Host
}

/** What a call asks of the machine itself. */
export interface Host extends Executables {
  /** Whether `path` is the network namespace this process runs in; false when it cannot be opened. @throws CniError 8 */
  isOwnNamespace(path: string): boolean
}

/** The process as a parameter. */
export interface Request {
  /** The first word of the command line; its last path component names the plugin. */
  readonly argv0: string
  readonly env: EnvironmentVariables
  /** Reads standard input to its end; not called for VERSION. */
  readStdin(): Uint8Array
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: 0 | 1
  /** What ADD printed, for a caller in this process. */
  readonly result?: WrittenResult
}

/** Runs the plugin that `argv0` names. Never throws: failures are printed. */
export const run = (suite: Suite, request: Request): Outcome => {
  const name = pluginName(request.argv0)
  const names = suite.names ?? suite.plugins.map((each) => each.name)
  if (names.includes(name)) {
    const plugin = suite.plugins.find((each) => each.name === name) ?? notLoaded(name)
    return runPlugin({ suite, plugin, request, callers: [] })
  }
  const error = new CniError(ERROR_CODE.internal, `no plugin is called "${name}": name this executable ${names.join(', ')}`)
  return { stdout: formatError(error), stderr: '', exitCode: 1 }
}

/** Stands for a plugin of which only the name is needed: for VERSION, the about text, and a verb that nobody knows. */
const notLoaded = (name: string): Plugin => {
  const refuse = (): never => {
    throw new Error(`plugin ${name} is not loaded`)
  }
  return { name, add: refuse, del: refuse }
}

/** A call on its way: the plugin, its process, and the plugins that called it in this same process. */
export interface Running {
  readonly suite: Suite
  readonly plugin: Plugin
  readonly request: Omit<Request, 'argv0'>
  readonly callers: readonly string[]
  /** What standard input holds, from a caller that has read it already. */
  readonly config?: GoValue
}

/** What was printed so far; a failure comes after it. */
interface Output {
  stdout: string
  stderr: string
  result?: WrittenResult
}

const runPlugin = (running: Running): Outcome => {
  const output: Output = { stdout: '', stderr: '' }
  try {
    perform(running, output)
    return { ...output, exitCode: 0 }
  } catch (error) {
    if (!running.request.env.CNI_COMMAND) return { ...output, stderr: aboutText(running.plugin.name, running.suite.version), exitCode: 0 }
    return { ...output, stdout: output.stdout + formatError(asCniError(error)), exitCode: 1 }
  }
}

const perform = (running: Running, output: Output): void => {
  const environment = readEnvironment(running.request.env)
  if (environment.command === 'VERSION') {
    output.stdout = formatVersions()
    return
  }
  const stdin = readConfig(running.request)
  const config = running.config ?? parseConfig(stdin)
  const network = networkOf(config)
  const verb = Object.hasOwn(VERBS, environment.command) ? VERBS[environment.command] : undefined
  if (verb === undefined) throw new CniError(ERROR_CODE.invalidEnvironment, `unknown CNI_COMMAND: ${environment.command}`)
  const version = versionOf(config)
  allowVerb(environment.command, version)
  const cniVersion = reconcileVersion(version)
  const print = (text: string): void => {
    output.stderr += text
  }
  const delegate = delegation({ running, environment, stdin, config, cniVersion, runHere: runPlugin, print })
  verb({ ...environment, network, config, cniVersion, delegate, warn: (line) => print(`${line}\n`) }, running, output)
}

type VerbHandler = (call: Call & Environment, running: Running, output: Output) => void

const VERBS: Readonly<Record<string, VerbHandler>> = {
  ADD: (call, running, output) => {
    // Printed before the namespace check, as the reference does: after its failure two documents stand on standard output.
    output.result = running.plugin.add(call)
    output.stdout = formatResult(output.result, call.cniVersion)
    refuseOwnNamespace(call, running.suite.host)
  },
  DEL: (call, running) => {
    running.plugin.del(call)
    refuseOwnNamespace(call, running.suite.host)
  },
  CHECK: (call, { plugin }) => (plugin.check ?? lacking(plugin, call.command))(call),
  GC: (call, { plugin }) => (plugin.gc ?? lacking(plugin, call.command))(call),
  STATUS: (call, { plugin }) => (plugin.status ?? lacking(plugin, call.command))(call),
}

const lacking = (plugin: Plugin, command: string): never => {
  throw new CniError(ERROR_CODE.invalidEnvironment, `plugin ${plugin.name} does not support CNI_COMMAND ${command}`)
}

const refuseOwnNamespace = ({ netns, ownNamespaceAllowed }: Environment, host: Host): void => {
  if (ownNamespaceAllowed || netns === '' || !host.isOwnNamespace(netns)) return
  throw new CniError(ERROR_CODE.invalidNamespace, "plugin's netns and netns from CNI_NETNS should not be the same")
}

const readConfig = (request: Pick<Request, 'readStdin'>): Uint8Array => {
  try {
    return request.readStdin()
  } catch (error) {
    throw new CniError(ERROR_CODE.io, `error reading from stdin: ${messageOf(error)}`)
  }
}

const NAME = struct('struct { Name string "json:\\"name\\"" }', { name: string })

const parseConfig = (stdin: Uint8Array): GoValue => decoding('error unmarshall network config', () => parseJson(stdin))

const networkOf = (config: GoValue): string => {
  const { name } = decoding('error unmarshall network config', () => decode(config, NAME))
  checkNetworkName(name)
  return name
}

const VERSION = struct('struct { CNIVersion string "json:\\"cniVersion\\"" }', { cniVersion: string })

const versionOf = (config: GoValue): string =>
  decoding('decoding version from network config', () => decode(config, VERSION)).cniVersion || '0.1.0'

const decoding = <T>(what: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    throw new CniError(ERROR_CODE.decoding, `${what}: ${messageOf(error)}`)
  }
}
