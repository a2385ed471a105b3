/**
 * Permanent entries of the neighbour tables and of a bridge or vxlan forwarding database. include/uapi/linux/neighbour.h.
 *
 *   ndmsg: u8 family | u8 pad | u16 pad | i32 device index | u16 state | u8 flags | u8 type, then attributes
 */
import { addressBytes, addressFromBytes } from '#net/address.ts'
import { type NetlinkReply, type NetlinkRequest, NLM_F_CREATE, NLM_F_REPLACE } from '../netlink/message.ts'
import type { Neighbor } from './types.ts'
import { AF_BRIDGE, attribute, attributesOf, familyNumberOf, macBytes, RTM_GETNEIGH, RTM_NEWNEIGH } from './wire.ts'

const NDA_DST = 1
const NDA_LLADDR = 2
const NUD_PERMANENT = 0x80
/** The entry belongs to the device itself, not to a bridge above it. */
const NTF_SELF = 0x02
const NDMSG_BYTES = 12

/** `ip neigh replace`. */
export const setNeighborRequest = (entry: Neighbor): NetlinkRequest => ({
  operation: `set neighbour ${entry.address} on link ${entry.link}`,
  ...permanentEntry(entry, familyNumberOf(entry.address), 0),
})

/** `bridge fdb replace MAC dev VXLAN dst ADDRESS self permanent`. */
export const setForwardingRequest = (entry: Neighbor): NetlinkRequest => ({
  operation: `set forwarding of ${entry.mac} on link ${entry.link}`,
  ...permanentEntry(entry, AF_BRIDGE, NTF_SELF),
})

/** `bridge fdb show`, of all bridges and vxlan devices. */
export const dumpForwardingsRequest = (): NetlinkRequest => ({
  operation: 'list forwarding entries',
  type: RTM_GETNEIGH,
  flags: 0,
  payload: [Buffer.concat([Buffer.of(AF_BRIDGE), Buffer.alloc(NDMSG_BYTES - 1)])],
})

/** A forwarding entry that leads to an address; undefined for those that lead to a bridge's port. */
export const decodeForwarding = ({ payload }: NetlinkReply): Neighbor | undefined => {
  const attributes = attributesOf(payload.subarray(NDMSG_BYTES))
  const [destination, mac] = [attributes.get(NDA_DST), attributes.get(NDA_LLADDR)]
  if (destination === undefined || mac === undefined) return undefined
  return {
    link: payload.readInt32LE(4),
    mac: Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':'),
    address: addressFromBytes(destination),
  }
}

const permanentEntry = ({ link, mac, address }: Neighbor, family: number, flags: number): Omit<NetlinkRequest, 'operation'> => ({
  type: RTM_NEWNEIGH,
  flags: NLM_F_CREATE | NLM_F_REPLACE,
  payload: [ndmsg(family, link, flags), ...attribute(NDA_DST, address, addressBytes), ...attribute(NDA_LLADDR, mac, macBytes)],
})

const ndmsg = (family: number, link: number, flags: number): Buffer => {
  const bytes = Buffer.alloc(NDMSG_BYTES)
  bytes.writeUInt8(family, 0)
  bytes.writeInt32LE(link, 4)
  bytes.writeUInt16LE(NUD_PERMANENT, 8)
  bytes.writeUInt8(flags, 10)
  return bytes
}
