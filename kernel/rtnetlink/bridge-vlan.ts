/**
 * VLANs of a bridge's port: IFLA_AF_SPEC of the AF_BRIDGE family, include/uapi/linux/if_bridge.h.
 *
 *   RTM_SETLINK, RTM_DELLINK  ifinfomsg, IFLA_AF_SPEC { IFLA_BRIDGE_FLAGS = MASTER, IFLA_BRIDGE_VLAN_INFO... }
 *   RTM_GETLINK (dump)        ifinfomsg, IFLA_EXT_MASK; each port answers with IFLA_AF_SPEC { IFLA_BRIDGE_VLAN_INFO... }
 *   IFLA_BRIDGE_VLAN_INFO     u16 flags | u16 id; a range is two of them, one that begins and one that ends it
 */
import { putU16, putU32 } from 'netlink/dist/structs.js'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { IFINFOMSG_BYTES, IFLA_EXT_MASK, ifinfomsg } from './link-messages.ts'
import type { PortVlan } from './types.ts'
import { AF_BRIDGE, attribute, attributesOf, attributeValues, nested, putBytes, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK } from './wire.ts'

const IFLA_AF_SPEC = 26
const IFLA_BRIDGE_FLAGS = 0
const IFLA_BRIDGE_VLAN_INFO = 2
/** The bridge that is the port's master does it, not the port's driver. */
const BRIDGE_FLAGS_MASTER = 1
/** VLANs in the replies, neighbouring ones as ranges. */
const RTEXT_FILTER_BRVLAN_COMPRESSED = 4

const PVID = 0x02
const UNTAGGED = 0x04
const RANGE_BEGIN = 0x08
const RANGE_END = 0x10

/** All in one message: the kernel takes them in order, and stops at the first it refuses. */
export const addPortVlansRequest = (index: number, vlans: readonly PortVlan[]): NetlinkRequest => ({
  operation: `add VLANs to bridge port ${index}`,
  type: RTM_SETLINK,
  flags: 0,
  payload: portVlans(index, vlans),
})

export const deletePortVlansRequest = (index: number, ids: readonly number[]): NetlinkRequest => ({
  operation: `delete VLANs of bridge port ${index}`,
  type: RTM_DELLINK,
  flags: 0,
  payload: portVlans(
    index,
    ids.map((id) => ({ id })),
  ),
})

const portVlans = (index: number, vlans: readonly PortVlan[]): Uint8Array[] => [
  ifinfomsg({ family: AF_BRIDGE, index }),
  ...nested(IFLA_AF_SPEC, attribute(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_MASTER, putU16), runsOf(vlans).flatMap(runAttributes)),
]

type Run = readonly [first: PortVlan, last: PortVlan]

/** Neighbouring ids with the same flags together; the kernel refuses a range of native VLANs, of which a port has one. */
const runsOf = (vlans: readonly PortVlan[]): Run[] => {
  const runs: Run[] = []
  for (const vlan of vlans) {
    const [first, last] = runs.at(-1) ?? []
    const continues = last?.id === vlan.id - 1 && flagsOf(last) === flagsOf(vlan) && !vlan.native
    if (first !== undefined && continues) runs[runs.length - 1] = [first, vlan]
    else runs.push([vlan, vlan])
  }
  return runs
}

const runAttributes = ([first, last]: Run): Uint8Array[] =>
  first === last
    ? vlanInfo(first.id, flagsOf(first))
    : [...vlanInfo(first.id, flagsOf(first) | RANGE_BEGIN), ...vlanInfo(last.id, flagsOf(last) | RANGE_END)]

const flagsOf = ({ native, untagged }: PortVlan): number => (native ? PVID : 0) | (untagged ? UNTAGGED : 0)

const vlanInfo = (id: number, flags: number): Uint8Array[] => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(flags, 0)
  bytes.writeUInt16LE(id, 2)
  return attribute(IFLA_BRIDGE_VLAN_INFO, bytes, putBytes)
}

/** Asks for the VLANs of all ports: the kernel has no question for one. */
export const dumpPortVlansRequest = (): NetlinkRequest => ({
  operation: 'list VLANs of bridge ports',
  type: RTM_GETLINK,
  flags: 0,
  payload: [ifinfomsg({ family: AF_BRIDGE }), ...attribute(IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED, putU32)],
})

/** Reads one port's answer: its device index, and the VLANs in ascending order. A port of a kernel without VLAN filtering has none. */
export const decodePortVlans = ({ payload }: NetlinkReply): [port: number, vlans: PortVlan[]] => {
  const specification = attributesOf(payload.subarray(IFINFOMSG_BYTES)).get(IFLA_AF_SPEC)
  const infos = specification === undefined ? [] : attributeValues(specification, IFLA_BRIDGE_VLAN_INFO)
  const vlans: PortVlan[] = []
  let begin = 0
  for (const info of infos) {
    const [flags, id] = [info.readUInt16LE(0), info.readUInt16LE(2)]
    if (flags & RANGE_BEGIN) {
      begin = id
      continue
    }
    for (let each = flags & RANGE_END ? begin : id; each <= id; each++) vlans.push(describe(each, flags))
  }
  return [payload.readInt32LE(4), vlans]
}

const describe = (id: number, flags: number): PortVlan => ({
  id,
  ...(flags & PVID ? { native: true } : {}),
  ...(flags & UNTAGGED ? { untagged: true } : {}),
})
