/** The networks that are measured: the seed's conflist, completed as `selvedge install` does it, and parts of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pluginsOf } from '../../conflist/check.ts'
import { completeConflist } from '../../conflist/complete.ts'
import type { JsonObject } from '../../conflist/json.ts'
import { readConflist } from '../../conflist/read.ts'

const SEED = join(import.meta.dirname, '../../examples/kube-router.yaml')

/** What a runtime reads from a conflist. */
export interface Network {
  readonly name: string
  readonly cniVersion: string
  readonly plugins: readonly (JsonObject & { readonly type: string })[]
}

/** 65,533 addresses, so that 10,000 leases are no full house. */
export const SUBNET = '10.20.0.0'

/** The chain of examples/kube-router.yaml with a pod network, its leases in `dataDir`. */
export const seedChain = (dataDir: string): Network => {
  const read = readConflist(readFileSync(SEED, 'utf8'), SEED)
  const conflist = completeConflist(read, { podCidrs: [{ address: SUBNET, prefixLength: 16 }], mtu: undefined })
  const { name, cniVersion } = conflist.value
  const plugins = pluginsOf(conflist.value).map((plugin) => ({
    ...plugin,
    type: String(plugin.type),
    ...(plugin.type === 'bridge' && { ipam: { ...(plugin.ipam as JsonObject), dataDir } }),
  }))
  return { name: String(name), cniVersion: String(cniVersion), plugins }
}

/** The network with only the plugins of these types. */
export const onlyPlugins = (network: Network, ...types: readonly string[]): Network => ({
  ...network,
  plugins: network.plugins.filter(({ type }) => types.includes(type)),
})

/** The network whose only plugin is the IPAM plugin of this one's bridge, called directly. */
export const onlyIpam = (network: Network): Network => {
  const ipam = (network.plugins.find(({ type }) => type === 'bridge')?.ipam ?? {}) as JsonObject
  return { ...network, plugins: [{ type: String(ipam.type), ipam }] }
}

/** What containerd calls for every pod beside the configured networks. */
export const LOOPBACK: Network = { name: 'cni-loopback', cniVersion: '0.3.1', plugins: [{ type: 'loopback' }] }
