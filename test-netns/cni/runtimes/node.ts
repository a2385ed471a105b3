/** A node for container runtimes: its own network, files and /run, and the seed's conflist with our executables, put there by `selvedge install`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join as joinPath } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { join } from '../../rig/link.ts'
import { type Machine, makeMachine } from '../../rig/machine.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'
import { attempt } from '../../rig/run.ts'
import { forward } from '../../rig/underlay.ts'
import { links } from '../../rig/witness-ip.ts'
import { natRules, SHARED_RULES } from '../portmap-scene.ts'
import { makeRootfs, NAME_PAGE } from './rootfs.ts'

const ROOT = joinPath(import.meta.dirname, '../../..')

/** The node's address, where a client outside finds host ports. */
export const NODE_ADDRESS = '192.0.2.1'
export const NETWORK = 'mynet'
const POD_NETWORK = '10.20.5.0/24'

export interface RuntimeNode {
  readonly host: NetNamespace
  /** Somebody outside. */
  readonly client: NetNamespace
  readonly machine: Machine
  /** A folder on disk for the runtime's own files, gone in the end. */
  readonly folder: string
  /** A control group for the runtime's own groups, by the name that runtimes take; gone in the end. */
  readonly cgroup: string
  /** A container's files: busybox under some of its names. */
  readonly rootfs: string
  /** Runs a program on the node. @throws Error with what it wrote when it fails */
  run(...words: string[]): string
  /** What somebody outside gets who asks for the host name; waits until the server has started. @throws Error when it does not */
  hostnameAt(address: string, port?: number): Promise<string>
  /** Whether anybody answers there now. */
  answers(address: string, port?: number): boolean
  /** The addresses that are leased. */
  leases(): string[]
  /** What pods left: leases, links of the host beside those that stay, network namespaces, rules beside those that all share. */
  leftovers(): readonly string[]
}

export const makeRuntimeNode = (owner: Owner): RuntimeNode => {
  const folder = mkdtempSync(joinPath(tmpdir(), 'runtime-'))
  defer(owner, () => rmSync(folder, { recursive: true, force: true }))
  const cgroup = `/${basename(folder)}`
  defer(owner, () => void attempt('find', '/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*${cgroup}*`, '-exec', 'rmdir', '{}', '+'))
  const { host, client } = makeNetwork(owner)
  const machine = makeMachine(owner, host, ['/run'])
  const run: RuntimeNode['run'] = (...words) => {
    const { exitCode, stdout, stderr } = machine.run(words)
    if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout
  }
  install(machine, run)
  const leases = (): string[] => namesIn(run, `/var/lib/cni/networks/${NETWORK}`).filter((name) => /^[0-9a-f]+[.:]/.test(name))
  return {
    ...{ host, client, machine, folder, cgroup, rootfs: makeRootfs(folder), run },
    hostnameAt: (address, port) => hostnameAt(client, urlOf(address, port)),
    answers: (address, port) => ask(client, urlOf(address, port)) !== '',
    leases,
    leftovers: () => [...leases(), ...linksOfPods(host), ...namesIn(run, '/run/netns'), ...rulesOfPods(host)],
  }
}

const makeNetwork = (owner: Owner): Pick<RuntimeNode, 'host' | 'client'> => {
  const host = makeNamespace(owner, 'runtime-host')
  const client = makeNamespace(owner, 'runtime-client')
  forward(host)
  join(
    { namespace: client, device: 'eth0', addresses: ['192.0.2.2/24'] },
    { namespace: host, device: 'uplink', addresses: [`${NODE_ADDRESS}/24`] },
  )
  client.ip(`route add ${POD_NETWORK} via ${NODE_ADDRESS}`)
  return { host, client }
}

const install = (machine: Machine, run: RuntimeNode['run']): void => {
  machine.writeFile(
    '/run/flannel/subnet.env',
    'FLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.5.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=false\n',
  )
  run(process.execPath, joinPath(ROOT, 'selvedge.ts'), 'install', `--conflist=${joinPath(ROOT, 'examples/kube-router.yaml')}`)
}

const namesIn = (run: RuntimeNode['run'], folder: string): string[] =>
  run('sh', '-c', 'ls "$0" 2>/dev/null || true', folder).split('\n').filter(Boolean)

const linksOfPods = (host: NetNamespace): string[] =>
  links(host)
    .map(({ ifname }) => ifname)
    .filter((name) => !['lo', 'uplink', 'kube-bridge'].includes(name))

const rulesOfPods = (host: NetNamespace): string[] =>
  ([4, 6] as const).flatMap((family) => natRules(host, family)).filter((rule) => !SHARED_RULES.includes(rule))

const urlOf = (address: string, port = 80): string => `http://${address}:${port}${NAME_PAGE}`

const ask = (client: NetNamespace, url: string): string =>
  client.attempt('curl', '--silent', '--max-time', '5', '--noproxy', '*', url).stdout.trim()

const hostnameAt = async (client: NetNamespace, url: string): Promise<string> => {
  for (let tries = 0; tries < 50; tries++) {
    const name = ask(client, url)
    if (name !== '') return name
    await after(50)
  }
  throw new Error(`nobody answers at ${url}`)
}
