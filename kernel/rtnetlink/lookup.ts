/**
 * Where a packet to an address would go, for callers that ask nothing else: a CNI call saves the millisecond that the codecs of links and
 * routes take to load.
 *
 *   GETROUTE: rtmsg { u8 family | u8 destination bits | 10 bytes of zeros }, DST -> NEWROUTE: rtmsg { … type at byte 7 … }, OIF u32
 *   GETLINK: ifinfomsg { u8 family | u8 | u16 type | s32 index | u32 flags | u32 change } -> NEWLINK: ifinfomsg, IFNAME
 *
 * @see include/uapi/linux/rtnetlink.h and if_link.h
 */
import { ADDRESS_BITS, addressBytes, familyOf, type IpAddress } from '#net/address.ts'
import { ignoring } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import { type AttributeTable, decodeAttributes, encodeAttributes } from '../netlink/attributes.ts'
import { type NetlinkChannel, openChannel } from '../netlink/channel.ts'
import type { NetlinkRequest } from '../netlink/message.ts'
import { NETLINK_ROUTE } from '../netlink/socket.ts'

/** What a packet to an address meets. */
export interface RouteTo {
  /** The address is the host's own. */
  readonly isLocal: boolean
  /** The name of the device it leaves by; absent when it goes nowhere (blackhole). */
  readonly device?: string
}

/** Asks the kernel (`ip route get`), over a socket of its own, in `namespace`, by default the calling thread's; undefined when there is no route. @throws KernelError */
export const lookUpRoute = (address: IpAddress, namespace?: Namespace): RouteTo | undefined => {
  const channel = openChannel(NETLINK_ROUTE, namespace)
  try {
    return routeOver(channel, address)
  } finally {
    channel.close()
  }
}

const RTM_GETLINK = 18
const RTM_GETROUTE = 26
const RTMSG_BYTES = 12
const TYPE_OFFSET = 7
const RTN_LOCAL = 2
/** RTN_BLACKHOLE, _UNREACHABLE, _PROHIBIT, _THROW: IPv6 answers with the route that refuses. */
const REFUSING = [6, 7, 8, 9]
const IFINFOMSG_BYTES = 16
const INDEX_OFFSET = 4
const AF = { 4: 2, 6: 10 } as const

const ROUTE = { destination: [1, 'bytes'], link: [4, 'u32'] } as const satisfies AttributeTable
const LINK = { name: [3, 'text'] } as const satisfies AttributeTable

/** What the kernel says when no route matches, or one that forbids. */
const NO_ROUTE = ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL', 'ESRCH']

export const routeOver = (channel: Pick<NetlinkChannel, 'request'>, address: IpAddress): RouteTo | undefined => {
  const [reply] = ignoring(NO_ROUTE, () => channel.request(encodeRouteQuery(address))) ?? []
  const type = reply?.payload.readUInt8(TYPE_OFFSET)
  if (reply === undefined || type === undefined || REFUSING.includes(type)) return undefined
  const { link } = decodeAttributes(ROUTE, reply.payload.subarray(RTMSG_BYTES))
  const device = link === undefined ? undefined : nameOver(channel, link)
  return { isLocal: type === RTN_LOCAL, ...(device !== undefined && { device }) }
}

const encodeRouteQuery = (address: IpAddress): NetlinkRequest => {
  const header = Buffer.alloc(RTMSG_BYTES)
  header.writeUInt8(AF[familyOf(address)], 0)
  header.writeUInt8(ADDRESS_BITS[familyOf(address)], 1)
  return {
    operation: `look up the route to ${address}`,
    type: RTM_GETROUTE,
    flags: 0,
    payload: [header, encodeAttributes(ROUTE, { destination: Buffer.from(addressBytes(address)) })],
    isPointQuery: true,
  }
}

/** A device that has gone meanwhile has no name. */
const nameOver = (channel: Pick<NetlinkChannel, 'request'>, index: number): string | undefined => {
  const header = Buffer.alloc(IFINFOMSG_BYTES)
  header.writeInt32LE(index, INDEX_OFFSET)
  const query = { operation: `look up device ${index}`, type: RTM_GETLINK, flags: 0, payload: header, isPointQuery: true } as const
  const [reply] = ignoring(['ENODEV'], () => channel.request(query)) ?? []
  return reply && decodeAttributes(LINK, reply.payload.subarray(IFINFOMSG_BYTES)).name
}
