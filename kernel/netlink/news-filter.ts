/**
 * What a reader of news wants to hear, decided in the kernel: a load of ten thousand routes of his own costs him nothing.
 *
 * @see include/uapi/linux/rtnetlink.h; rtnetlink(7)
 */
import { type FilterInstruction, ifEqual, load, REFUSE, TAKE } from './socket-filter.ts'

export interface RouteFilter {
  /** Protocol number (`ip route … proto N`) of the routes whose deletion is news. */
  readonly protocol: number
  /** Address of the netlink socket whose own deletions are not. */
  readonly writer: number
}

/** RTNLGRP_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE. */
export const NEWS_GROUPS = [1, 5, 7, 9, 11]

/** RTM_NEWLINK and so on. */
export const RTM = { newLink: 16, deleteLink: 17, newAddress: 20, deleteAddress: 21, deleteRoute: 25 } as const

/** Offsets in a datagram: struct nlmsghdr, then struct ifinfomsg, ifaddrmsg or rtmsg. */
export const MESSAGE_TYPE = 4
const SENDER = 12
export const LINK_INDEX = 20
const ADDRESS_SCOPE = 19
const ROUTE_PROTOCOL = 21

const RT_SCOPE_LINK = 253

export const newsFilter = ({ protocol, writer }: RouteFilter): FilterInstruction[] => [
  load('half', MESSAGE_TYPE),
  ifEqual(half(RTM.newLink), { ifTrue: 'take' }),
  ifEqual(half(RTM.deleteLink), { ifTrue: 'take' }),
  ifEqual(half(RTM.newAddress), { ifTrue: 'address' }),
  ifEqual(half(RTM.deleteAddress), { ifTrue: 'address' }),
  ifEqual(half(RTM.deleteRoute), { ifTrue: 'route', ifFalse: 'refuse' }),
  load('byte', ADDRESS_SCOPE, 'address'),
  ifEqual(RT_SCOPE_LINK, { ifTrue: 'refuse', ifFalse: 'take' }),
  load('byte', ROUTE_PROTOCOL, 'route'),
  ifEqual(protocol, { ifFalse: 'refuse' }),
  load('word', SENDER),
  ifEqual(word(writer), { ifTrue: 'refuse', ifFalse: 'take' }),
  TAKE,
  REFUSE,
]

/** Netlink's numbers are the machine's, little-endian wherever we run; a filter reads them the other way round. */
const half = (value: number): number => Buffer.from(Uint16Array.of(value).buffer).readUInt16BE()
const word = (value: number): number => Buffer.from(Uint32Array.of(value).buffer).readUInt32BE()
