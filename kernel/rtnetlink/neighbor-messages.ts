/**
 * Permanent entries of the neighbour tables and of a bridge or vxlan forwarding database. include/uapi/linux/neighbour.h.
 *
 *   ndmsg: u8 family | u8 pad | u16 pad | i32 device index | u16 state | u8 flags | u8 type, then attributes
 */
import { addressBytes } from '#net/address.ts'
import { type NetlinkRequest, NLM_F_CREATE, NLM_F_REPLACE } from '../netlink/message.ts'
import type { Neighbor } from './types.ts'
import { AF_BRIDGE, attribute, familyNumberOf, macBytes, RTM_NEWNEIGH } from './wire.ts'

const NDA_DST = 1
const NDA_LLADDR = 2
const NUD_PERMANENT = 0x80
/** The entry belongs to the device itself, not to a bridge above it. */
const NTF_SELF = 0x02

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

const permanentEntry = ({ link, mac, address }: Neighbor, family: number, flags: number): Omit<NetlinkRequest, 'operation'> => ({
  type: RTM_NEWNEIGH,
  flags: NLM_F_CREATE | NLM_F_REPLACE,
  payload: [ndmsg(family, link, flags), ...attribute(NDA_DST, address, addressBytes), ...attribute(NDA_LLADDR, mac, macBytes)],
})

const ndmsg = (family: number, link: number, flags: number): Buffer => {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt8(family, 0)
  bytes.writeInt32LE(link, 4)
  bytes.writeUInt16LE(NUD_PERMANENT, 8)
  bytes.writeUInt8(flags, 10)
  return bytes
}
