/**
 * Messages about devices: changes and queries out, descriptions in. struct ifinfomsg and IFLA_*, include/uapi/linux/if_link.h.
 *
 *   ifinfomsg: u8 family | u8 pad | u16 device type | i32 index | u32 flags | u32 change (which flags count), then attributes
 */
import { getString, getU8, getU32, putU32 } from 'netlink/dist/structs.js'
import { formatMac } from '#net/mac.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import type { Link, LinkChange } from './types.ts'
import { attribute, attributesOf, macBytes, putName, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK } from './wire.ts'

export const IFLA_ADDRESS = 1
export const IFLA_IFNAME = 3
export const IFLA_MTU = 4
const IFLA_LINK = 5
const IFLA_MASTER = 10
const IFLA_OPERSTATE = 16
export const IFLA_LINKINFO = 18
export const IFLA_EXT_MASK = 29
const IFLA_PROMISCUITY = 30
const IFLA_ALT_IFNAME = 53
export const IFLA_INFO_KIND = 1

const IFF_UP = 0x1
const IFF_PROMISC = 0x100
/** Statistics are half of a reply, and nobody here reads them. */
const RTEXT_FILTER_SKIP_STATS = 8

/** IFNAMSIZ - 1: longer names are alternative names. */
const NAME_BYTES = 15
export const IFINFOMSG_BYTES = 16

/** IF_OPER_* in order, RFC 2863. */
const OPER_STATES = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up']

/** The fixed part of every message about a device. */
export const ifinfomsg = (fields: { family?: number; index?: number; flags?: number; change?: number }): Buffer => {
  const bytes = Buffer.alloc(IFINFOMSG_BYTES)
  bytes.writeUInt8(fields.family ?? 0, 0)
  bytes.writeInt32LE(fields.index ?? 0, 4)
  bytes.writeUInt32LE(fields.flags ?? 0, 8)
  bytes.writeUInt32LE(fields.change ?? 0, 12)
  return bytes
}

/** Everything in one message. The kernel applies it in its own order (MAC, MTU, flags, master) and stops at the first refusal. */
export const changeLinkRequest = (index: number, change: LinkChange): NetlinkRequest => ({
  operation: `change link ${index}`,
  type: RTM_SETLINK,
  flags: 0,
  payload: [
    ifinfomsg({ index, ...flagBits(change) }),
    ...attribute(IFLA_ADDRESS, change.mac, macBytes),
    ...attribute(IFLA_MTU, change.mtu, putU32),
    ...attribute(IFLA_MASTER, change.master, putU32),
  ],
})

const flagBits = ({ up, promiscuous }: LinkChange): { flags: number; change: number } => ({
  flags: (up ? IFF_UP : 0) | (promiscuous ? IFF_PROMISC : 0),
  change: (up === undefined ? 0 : IFF_UP) | (promiscuous === undefined ? 0 : IFF_PROMISC),
})

export const deleteLinkRequest = (index: number): NetlinkRequest => ({
  operation: `delete link ${index}`,
  type: RTM_DELLINK,
  flags: 0,
  payload: ifinfomsg({ index }),
})

/** A name that does not fit IFNAMSIZ can only be an alternative name. */
export const getLinkByNameRequest = (name: string): NetlinkRequest => ({
  operation: `get link ${name}`,
  type: RTM_GETLINK,
  flags: 0,
  payload: [
    ifinfomsg({}),
    ...withoutStatistics(),
    ...attribute(Buffer.byteLength(name) > NAME_BYTES ? IFLA_ALT_IFNAME : IFLA_IFNAME, name, putName),
  ],
  isPointQuery: true,
})

export const getLinkRequest = (index: number): NetlinkRequest => ({
  operation: `get link ${index}`,
  type: RTM_GETLINK,
  flags: 0,
  payload: [ifinfomsg({ index }), ...withoutStatistics()],
  isPointQuery: true,
})

export const dumpLinksRequest = (): NetlinkRequest => ({
  operation: 'list links',
  type: RTM_GETLINK,
  flags: 0,
  payload: [ifinfomsg({}), ...withoutStatistics()],
})

const withoutStatistics = (): Uint8Array[] => attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS, putU32)

/** What is read of a link. */
const READ = [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER, IFLA_OPERSTATE, IFLA_LINKINFO, IFLA_PROMISCUITY]

/** Reads an RTM_NEWLINK message. */
export const decodeLink = ({ payload }: NetlinkReply): Link => {
  const attributes = attributesOf(payload.subarray(IFINFOMSG_BYTES), READ)
  const read = <T>(type: number, get: (data: Buffer) => T): T | undefined => {
    const data = attributes.get(type)
    return data === undefined ? undefined : get(data)
  }
  const kind = read(IFLA_LINKINFO, kindOf)
  const master = read(IFLA_MASTER, getU32)
  const flags = payload.readUInt32LE(8)
  const peerIndex = kind === 'veth' ? read(IFLA_LINK, getU32) : undefined
  return {
    index: payload.readInt32LE(4),
    name: read(IFLA_IFNAME, getString) ?? '',
    mtu: read(IFLA_MTU, getU32) ?? 0,
    mac: read(IFLA_ADDRESS, formatMac) ?? '',
    up: (flags & IFF_UP) !== 0,
    operState: OPER_STATES[read(IFLA_OPERSTATE, getU8) ?? 0] ?? 'unknown',
    promiscuity: read(IFLA_PROMISCUITY, getU32) ?? 0,
    ...(flags & IFF_PROMISC ? { promiscuous: true } : {}),
    ...(kind === undefined ? {} : { kind }),
    ...(master === undefined ? {} : { master }),
    ...(peerIndex === undefined ? {} : { peerIndex }),
  }
}

const kindOf = (linkInfo: Buffer): string | undefined => {
  const kind = attributesOf(linkInfo).get(IFLA_INFO_KIND)
  return kind === undefined ? undefined : getString(kind)
}
