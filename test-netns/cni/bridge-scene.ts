/** A host, pods and a lease folder for tests of the bridge plugin, and what `ip` and the file system say of them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import { defer, type Owner } from '../rig/owner.ts'
import { addresses, routes, routes6 } from '../rig/witness-ip.ts'
import { type PluginCall, type PluginOutcome, plugin } from './plugin.ts'

export const BRIDGE = 'br0'

export interface BridgeScene {
  readonly host: NetNamespace
  makePod(): NetNamespace
  /** A config of the bridge plugin: the bridge's name, version 1.0.0, and what is given. */
  config(fields: object): object
  /** An `ipam` field of host-local: one range set for each subnet. */
  ipam(subnets: readonly string[], fields?: object): object
  /** ADD and DEL of a pod's eth0; the container's id is the pod's name. */
  add(pod: NetNamespace, fields: object, call?: Partial<PluginCall>): Promise<PluginOutcome>
  del(pod: NetNamespace, fields: object, call?: Partial<PluginCall>): Promise<PluginOutcome>
  /** The addresses leased, in the order of their texts. */
  leases(): string[]
  /** Everything that could be left behind: devices, addresses and routes of host and pod, and leases. */
  everything(pod: NetNamespace): unknown
}

/** Makes a host without anything but lo. */
export const makeBridgeScene = (owner: Owner): BridgeScene => {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  const host = makeNamespace(owner, 'host')
  const config: BridgeScene['config'] = (fields) => ({ cniVersion: '1.0.0', name: 'net', type: 'bridge', bridge: BRIDGE, ...fields })
  const call = (pod: NetNamespace, fields: object, more: Partial<PluginCall> = {}): PluginCall => ({
    host: host.name,
    netns: pod.path,
    containerId: pod.name,
    config: config(fields),
    ...more,
  })
  const leases = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /^net\/[0-9a-f]+[.:]/.test(path))
      .map((path) => path.slice('net/'.length))
      .sort()
  return {
    host,
    makePod: () => makeNamespace(owner, 'pod'),
    config,
    ipam: (subnets, fields = {}) => ({ type: 'host-local', dataDir: folder, ranges: subnets.map((subnet) => [{ subnet }]), ...fields }),
    add: (pod, fields, more) => plugin('bridge').add(call(pod, fields, more)),
    del: (pod, fields, more) => plugin('bridge').del(call(pod, fields, more)),
    leases,
    everything: (pod) => [traces(host), traces(pod), leases()],
  }
}

interface Device {
  readonly ifname: string
  readonly mtu: number
  readonly flags: readonly string[]
  readonly promiscuity: number
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[]
}

const traces = (namespace: NetNamespace): unknown => {
  const devices: Device[] = JSON.parse(namespace.exec('ip', '-json', '-details', 'address'))
  return {
    devices: devices.map(({ ifname, mtu, flags, promiscuity, addr_info }) => ({
      ifname,
      mtu,
      up: flags.includes('UP'),
      promiscuity,
      addresses: addr_info.filter(({ scope }) => scope !== 'link').map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    })),
    routes: [...routes(namespace), ...routes6(namespace)].map(({ dst, gateway }) => [dst, gateway]).filter(([dst]) => dst !== 'fe80::/64'),
  }
}

/** `ADDRESS/BITS` of all devices, or of one. */
export const addressesOf = (namespace: NetNamespace, device?: string): string[] =>
  addresses(namespace, device).map(({ local, prefixlen }) => `${local}/${prefixlen}`)

/** The parts of a printed result of version 1.x that tests look at. */
export interface PrintedResult {
  readonly interfaces: readonly { readonly name: string; readonly mac: string; readonly sandbox?: string }[]
  readonly ips?: readonly { readonly address: string; readonly gateway?: string; readonly interface: number }[]
  readonly routes?: readonly { readonly dst: string; readonly gw?: string }[]
  readonly dns?: { readonly nameservers?: readonly string[] }
}

/** The result of an ADD. @throws Error with what was printed when it failed */
export const resultOf = ({ exitCode, stdout, stderr, result }: PluginOutcome): PrintedResult => {
  if (exitCode !== 0) throw new Error(`exit status ${exitCode}: ${stdout}${stderr}`)
  return result as PrintedResult
}

/** What a failed call printed: code and message. */
export const failureOf = ({ exitCode, result }: PluginOutcome): unknown => {
  const { code, msg } = (result ?? {}) as { code?: number; msg?: string }
  return { exitCode, code, msg }
}
