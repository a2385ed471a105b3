/**
 * The message that creates a device of each kind.
 *
 *   RTM_NEWLINK  ifinfomsg, IFLA_IFNAME, IFLA_MTU?, IFLA_ADDRESS?,
 *                IFLA_LINKINFO { IFLA_INFO_KIND, IFLA_INFO_DATA? { the kind's own attributes } }
 *   veth         IFLA_INFO_DATA { VETH_INFO_PEER { ifinfomsg, IFLA_IFNAME, IFLA_MTU?, IFLA_ADDRESS?, IFLA_NET_NS_FD? } }
 */
import { putU8, putU16be, putU32 } from 'netlink/dist/structs.js'
import { addressBytes, familyOf } from '#net/address.ts'
import { type NetlinkRequest, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import { IFLA_ADDRESS, IFLA_IFNAME, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_MTU, ifinfomsg } from './link-messages.ts'
import type { LinkSpec } from './types.ts'
import { attribute, macBytes, nested, putBytes, putName, RTM_NEWLINK } from './wire.ts'

const IFLA_NET_NS_FD = 28
const IFLA_INFO_DATA = 2
const VETH_INFO_PEER = 1
const IFLA_BR_VLAN_FILTERING = 7
const IFLA_VXLAN_ID = 1
const IFLA_VXLAN_LINK = 3
const IFLA_VXLAN_LOCAL = 4
const IFLA_VXLAN_LEARNING = 7
const IFLA_VXLAN_PORT = 15
const IFLA_VXLAN_LOCAL6 = 17

type SpecOf<Kind extends LinkSpec['kind']> = Extract<LinkSpec, { kind: Kind }>

/** One message, also for a veth pair whose other end lives in another namespace: no half-made state can be left behind. */
export const addLinkRequest = (spec: LinkSpec): NetlinkRequest => ({
  operation: `add ${spec.kind} link ${spec.name}`,
  type: RTM_NEWLINK,
  flags: NLM_F_CREATE | NLM_F_EXCL,
  payload: [ifinfomsg({}), ...identity(spec), ...nested(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, spec.kind, putName), linkData(spec))],
})

const identity = ({ name, mtu, mac }: { name: string; mtu?: number; mac?: string }): Uint8Array[] => [
  ...attribute(IFLA_IFNAME, name, putName),
  ...attribute(IFLA_MTU, mtu, putU32),
  ...attribute(IFLA_ADDRESS, mac, macBytes),
]

const linkData = (spec: LinkSpec): Uint8Array[] => {
  const data = dataOf(spec)
  return data.length === 0 ? [] : nested(IFLA_INFO_DATA, data)
}

const dataOf = (spec: LinkSpec): Uint8Array[] => {
  switch (spec.kind) {
    case 'dummy':
      return []
    case 'bridge':
      return attribute(IFLA_BR_VLAN_FILTERING, spec.vlanFiltering, (on) => putU8(on ? 1 : 0))
    case 'veth':
      return peerOf(spec)
    case 'vxlan':
      return vxlanData(spec)
  }
}

const peerOf = ({ peer }: SpecOf<'veth'>): Uint8Array[] =>
  nested(VETH_INFO_PEER, [ifinfomsg({}), ...identity(peer), ...attribute(IFLA_NET_NS_FD, peer.namespaceFd, putU32)])

const vxlanData = (spec: SpecOf<'vxlan'>): Uint8Array[] => [
  ...attribute(IFLA_VXLAN_ID, spec.vni, putU32),
  ...attribute(IFLA_VXLAN_LINK, spec.device, putU32),
  ...attribute(familyOf(spec.local) === 4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, addressBytes(spec.local), putBytes),
  ...attribute(IFLA_VXLAN_LEARNING, spec.learning, (on) => putU8(on ? 1 : 0)),
  ...attribute(IFLA_VXLAN_PORT, spec.port, putU16be),
]
