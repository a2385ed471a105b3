/** Filling a node's pod networks and MTU into a conflist; the same input gives the same output, and completing twice changes nothing. */
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import { type Cidr, formatCidr, networkOf, parseCidr } from '#net/cidr.ts'
import { isObject, pluginsOf } from './check.ts'
import { type Fault, FileFaults, illegal } from './fault.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { PodNetwork } from './pod-network.ts'
import type { Conflist } from './read.ts'

/**
 * The conflist whose first bridge hands out exactly `podCidrs` (one range set each, in order), has `mtu`, and hairpin mode on its ports
 * unless it says something about that. A range that is already there keeps its rangeStart, rangeEnd and gateway; ranges of other
 * networks go. The legacy `ipam.subnet` becomes a range. All else, key order included, stays.
 * @param network its podCidrs and the MTU; an MTU of undefined leaves what the conflist has
 * @throws FileFaults when there is no bridge with host-local, or the networks cannot serve pods
 */
export const completeConflist = (conflist: Conflist, network: PodNetwork): Conflist => {
  const plugins = pluginsOf(conflist.value)
  const index = plugins.findIndex(({ type }) => type === 'bridge')
  const bridge = plugins[index]
  const faults = [...targetFaults(bridge, index), ...networkFaults(network)]
  if (faults.length > 0 || bridge === undefined) throw new FileFaults(conflist.source, faults)
  const completed = plugins.with(index, completeBridge(bridge, network))
  return { ...conflist, value: { ...conflist.value, plugins: completed } }
}

/** The text of a conflist: two spaces of indentation, and a line feed at the end. */
export const renderConflist = ({ value }: Conflist): string => `${JSON.stringify(value, null, 2)}\n`

const targetFaults = (bridge: JsonObject | undefined, index: number): Fault[] => {
  if (bridge === undefined)
    return [{ path: 'plugins', problem: 'none has the type "bridge": there is nothing to fill the pod networks into' }]
  const path = `plugins[${index}].ipam`
  if (!isObject(bridge.ipam)) return [illegal({ path, value: bridge.ipam ?? undefined, legal: '{"type": "host-local"}' })]
  const { type } = bridge.ipam
  return type === 'host-local' ? [] : [illegal({ path: `${path}.type`, value: type, legal: '"host-local"' })]
}

const networkFaults = ({ podCidrs, mtu }: PodNetwork): Fault[] => {
  const small = podCidrs.filter(({ address, prefixLength }) => prefixLength > ADDRESS_BITS[familyOf(address)] - 2)
  const narrow = mtu !== undefined && mtu < 1280 && podCidrs.some(({ address }) => familyOf(address) === 6)
  return [
    ...(podCidrs.length === 0 ? [{ path: 'pod networks', problem: 'there are none to fill in' }] : []),
    ...small.map((cidr) => illegal({ path: 'pod networks', value: formatCidr(cidr), legal: 'a network with at least 4 addresses' })),
    ...(narrow ? [illegal({ path: 'MTU', value: mtu, legal: 'at least 1280, because pods have IPv6 addresses' })] : []),
  ]
}

const completeBridge = (bridge: JsonObject, { podCidrs, mtu }: PodNetwork): JsonObject => {
  const ipam = isObject(bridge.ipam) ? completeIpam(bridge.ipam, podCidrs) : {}
  return { ...bridge, ...(mtu === undefined ? {} : { mtu }), ipam, ...(isSilentOnHairpin(bridge) ? { hairpinMode: true } : {}) }
}

/**
 * Without hairpin mode a pod cannot reach itself through its own Service: the kernel translates the answer inside the bridge (br_netfilter),
 * which would have to send it out of the port that it came from. Promiscuous mode excludes it.
 */
const isSilentOnHairpin = ({ hairpinMode, promiscMode }: JsonObject): boolean => hairpinMode === undefined && promiscMode !== true

const LEGACY_KEYS = ['rangeStart', 'rangeEnd', 'gateway']

/** `ranges` stands where it stood, or where the legacy `subnet` stood, or at the end. */
const completeIpam = (ipam: JsonObject, podCidrs: readonly Cidr[]): JsonObject => {
  const ranges = podCidrs.map((cidr) => rangeSet(cidr, ipam))
  const hasSubnet = typeof ipam.subnet === 'string'
  // Without a subnet host-local ignores the three others: they are not ours to remove.
  const kept = Object.entries(ipam).filter(([key]) => !(hasSubnet && LEGACY_KEYS.includes(key)))
  const place = Object.hasOwn(ipam, 'ranges') ? 'ranges' : 'subnet'
  const replaced = kept.flatMap(([key, value]): [string, JsonValue][] => {
    if (key === place) return [['ranges', ranges]]
    return key === 'subnet' ? [] : [[key, value]]
  })
  return { ...Object.fromEntries(replaced), ranges }
}

/** The ranges of one network, as they are written now; a new one when there is none. */
const rangeSet = (cidr: Cidr, ipam: JsonObject): readonly JsonObject[] => {
  const same = ({ subnet }: JsonObject): boolean => typeof subnet === 'string' && sameNetwork(subnet, cidr)
  const sets = [listedRanges(ipam).filter(same), legacyRange(ipam).filter(same), [{ subnet: formatCidr(cidr) }]]
  return sets.find((set) => set.length > 0) ?? []
}

const sameNetwork = (text: string, cidr: Cidr): boolean => {
  const parsed = parseCidr(text)
  return parsed !== undefined && formatCidr(networkOf(parsed)) === formatCidr(cidr)
}

const legacyRange = ({ subnet, rangeStart, rangeEnd, gateway }: JsonObject): JsonObject[] => {
  if (typeof subnet !== 'string') return []
  const fields = Object.entries({ subnet, rangeStart, rangeEnd, gateway })
  return [Object.fromEntries(fields.filter((field): field is [string, JsonValue] => field[1] !== undefined))]
}

const listedRanges = ({ ranges }: JsonObject): JsonObject[] =>
  Array.isArray(ranges) ? ranges.flatMap((set) => (Array.isArray(set) ? set.filter(isObject) : [])) : []
