/** A host, a pod and a chain of plugins, driven as a runtime does it, for tests that disturb a call and look at what is left. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'
import { type PluginOutcome, plugin } from '../plugin.ts'
import { withVariant } from '../portmap-variant.ts'
import { hostScript, readLines } from './lines.ts'

/** What a scenario consists of. */
export interface Scenario {
  readonly title: string
  /** The plugins' configs in the order of ADD, without version, name and prevResult. `DIR` stands for the lease folder. */
  readonly plugins: readonly { readonly type: string; readonly [field: string]: unknown }[]
  /** Which iptables the machine has. */
  readonly variant?: 'legacy'
}

/** Words before the command line of one plugin of the chain. */
export interface Disturbance {
  readonly type: string
  readonly under: readonly string[]
}

/** How a verb of the whole chain ended: exit status 0, or that of the plugin that failed; undefined when it was killed. */
export interface ChainOutcome {
  readonly exitCode: number | undefined
  readonly stdout: string
  /** The last result; undefined when there is none. */
  readonly result: unknown
}

/** How one verb of the chain is called; what is left out is as for the scene's own pod. */
export interface ChainOptions {
  readonly disturbance?: Disturbance | undefined
  /** Path of the container's namespace. */
  readonly netns?: string
  readonly containerId?: string
  /** More fields of every config. */
  readonly more?: object
}

export interface FaultScene {
  /** Whose it is. */
  readonly owner: Owner
  readonly host: NetNamespace
  readonly pod: NetNamespace
  readonly scenario: Scenario
  /** All plugins in order; ends at the first that fails. */
  add(options?: ChainOptions): Promise<ChainOutcome>
  /** All plugins backwards, without the result, as a runtime does that lost it; ends at the first that fails. */
  del(options?: ChainOptions): Promise<ChainOutcome>
  /** GC of all plugins with these valid attachments. */
  gc(valid: readonly object[]): Promise<ChainOutcome>
  /** Takes the pod's interface away, as the end of its namespace does. */
  removeInterface(): void
  /** Everything there is, one line each: devices, addresses, routes, rules, leases. Random names are replaced. */
  state(): string[]
}

/** What a portmap without bridge is told; nobody has these addresses. */
const RESULT = {
  cniVersion: '1.1.0',
  interfaces: [{ name: 'eth0', sandbox: '/run/netns/nobody' }],
  ips: [
    { interface: 0, address: '10.1.2.2/24' },
    { interface: 0, address: 'fd00:1::2/64' },
  ],
}

/** Makes a host and a pod, with nothing but lo in them. */
export const makeFaultScene = (owner: Owner, scenario: Scenario): FaultScene => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  const host = makeNamespace(owner, 'host')
  const pod = makeNamespace(owner, 'pod')
  const variant = scenario.variant === undefined ? [] : withVariant(owner, scenario.variant)
  const configs = (JSON.parse(JSON.stringify(scenario.plugins).replaceAll('"DIR"', JSON.stringify(folder))) as Scenario['plugins']).map(
    (config) => ({ cniVersion: '1.1.0', name: 'net', ...config }),
  )
  const chain = async (
    verb: string,
    order: typeof configs,
    { disturbance, more, netns = pod.path, containerId = 'cid1' }: ChainOptions,
  ): Promise<ChainOutcome> => {
    let outcome: PluginOutcome = { exitCode: 0, stdout: '', stderr: '', result: undefined }
    for (const config of order) {
      const prevResult = verb !== 'ADD' || config.type === 'bridge' ? undefined : (outcome.result ?? RESULT)
      outcome = await plugin(config.type).command(verb, {
        host: host.name,
        netns,
        containerId,
        config: { ...config, ...more, ...(prevResult !== undefined && { prevResult }) },
        under: [...variant, ...(disturbance?.type === config.type ? disturbance.under : [])],
      })
      if (outcome.exitCode !== 0) return outcome
    }
    return outcome
  }
  return {
    owner,
    host,
    pod,
    scenario,
    add: (options = {}) => chain('ADD', configs, options),
    del: (options = {}) => chain('DEL', configs.toReversed(), options),
    gc: (valid) => chain('GC', configs, { more: { 'cni.dev/valid-attachments': valid } }),
    removeInterface: () => void pod.attempt('ip', 'link', 'delete', 'eth0'),
    state: () => [...readLines(host.exec('sh', '-c', hostScript(pod, scenario.variant))), ...leaseLines(folder)],
  }
}

/** Leases with what is in them, all else by name. */
const leaseLines = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' }).map(({ name, parentPath }) => {
    const path = join(parentPath, name)
    const isLease = /^[0-9a-f]+[.:]/.test(name)
    return `file ${isLease ? `lease ${JSON.stringify(readFileSync(path, 'utf8'))}` : path.slice(folder.length)}`
  })
