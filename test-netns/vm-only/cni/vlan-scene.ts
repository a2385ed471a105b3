/** A host with bridges that filter VLANs, and one pod with many interfaces: namespaces and processes are dear in the virtual machine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PrintedResult, resultOf } from '../../cni/bridge-scene.ts'
import { BIN, type PluginOutcome, plugin } from '../../cni/plugin.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'

/** VLANs of a device as `bridge vlan` prints them: `100 PVID Egress Untagged`, `101`, `200-210`. */
export type Vlans = readonly string[]

/** A device of the host. */
export interface HostDevice {
  readonly ifname: string
  readonly ifindex: number
  readonly address: string
  readonly mtu: number
  readonly master?: string
  /** The other end of a pair that is on the host as well. */
  readonly link?: string
  readonly flags: readonly string[]
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly vlan_filtering?: number } }
  readonly addresses: readonly string[]
  readonly vlans: Vlans
}

/** An attachment to make: of the pod's eth0 unless it says otherwise. */
export interface Wanted {
  readonly pod?: NetNamespace
  readonly ifname?: string
  /** The folder of the executables. */
  readonly suite?: string
}

export interface VlanScene {
  readonly host: NetNamespace
  readonly pod: NetNamespace
  ipam(...subnets: string[]): object
  /** @throws Error with what was printed when it fails */
  add(fields: object, wanted?: Wanted): Promise<PrintedResult>
  /** CHECK, DEL, or whatever: exit status and output. */
  run(verb: string, fields: object, wanted?: Wanted): Promise<PluginOutcome>
  /** What iproute2 says of the host's devices. */
  devices(): HostDevice[]
}

export const makeVlanScene = (owner: Owner): VlanScene => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vlan-'))
  defer(owner, () => rmSync(dataDir, { recursive: true }))
  const host = makeNamespace(owner, 'host')
  const onlyPod = makeNamespace(owner, 'pod')
  const run: VlanScene['run'] = (verb, fields, { pod = onlyPod, ifname = 'eth0', suite = BIN } = {}) => {
    const config = { cniVersion: '1.1.0', name: 'net', type: 'bridge', ...fields }
    return plugin('bridge', suite).command(verb, { host: host.name, netns: pod.path, containerId: pod.name, ifname, path: suite, config })
  }
  return {
    host,
    pod: onlyPod,
    ipam: (...subnets) => ({ type: 'host-local', dataDir, ranges: subnets.map((subnet) => [{ subnet }]) }),
    add: async (fields, wanted) => resultOf(await run('ADD', fields, wanted)),
    run,
    devices: () => devicesOf(host),
  }
}

type Printed = Omit<HostDevice, 'addresses' | 'vlans'> & {
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[]
}

interface PrintedVlans {
  readonly ifname: string
  readonly vlans: readonly { readonly vlan: number; readonly vlanEnd?: number; readonly flags?: readonly string[] }[]
}

const devicesOf = (host: NetNamespace): HostDevice[] => {
  const ports: PrintedVlans[] = JSON.parse(host.exec('bridge', '-json', '-compressvlans', 'vlan') || '[]')
  const devices: Printed[] = JSON.parse(host.exec('ip', '-json', '-details', 'address'))
  return devices.map(({ addr_info, ...device }) => ({
    ...device,
    addresses: addr_info.filter(({ scope }) => scope !== 'link').map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    vlans: ports.filter(({ ifname }) => ifname === device.ifname).flatMap(({ vlans }) => vlans.map(vlanText)),
  }))
}

const vlanText = ({ vlan, vlanEnd, flags = [] }: PrintedVlans['vlans'][number]): string =>
  [vlanEnd === undefined ? `${vlan}` : `${vlan}-${vlanEnd}`, ...flags].join(' ')
