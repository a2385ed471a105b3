/**
 * Changes of routes. struct rtmsg and RTA_*, include/uapi/linux/rtnetlink.h.
 *
 *   rtmsg: u8 family | u8 destination bits | u8 source bits | u8 tos | u8 table | u8 protocol | u8 scope | u8 type | u32 flags
 */
import { putU16, putU32 } from 'netlink/dist/structs.js'
import { ADDRESS_BITS, addressBytes, type Family, familyOf, type IpAddress } from '#net/address.ts'
import { formatCidr } from '#net/cidr.ts'
import { type NetlinkRequest, NLM_F_APPEND, NLM_F_CREATE, NLM_F_REPLACE } from '../netlink/message.ts'
import type { Route } from './types.ts'
import { attribute, familyNumber, familyNumberOf, nested, putBytes, RTM_DELROUTE, RTM_GETROUTE, RTM_NEWROUTE } from './wire.ts'

export const RTA_DST = 1
export const RTA_OIF = 4
export const RTA_GATEWAY = 5
export const RTA_PRIORITY = 6
export const RTA_PREFSRC = 7
export const RTA_METRICS = 8
export const RTA_TABLE = 15
/** A gateway of the other family: u16 family, address. */
export const RTA_VIA = 18
export const RTAX_MTU = 2
export const RTAX_ADVMSS = 8
export const RTNH_F_ONLINK = 4
export const RTMSG_BYTES = 12

/** RTN_*. */
export const ROUTE_TYPE_NUMBER: Readonly<Record<NonNullable<Route['type']>, number>> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
}

const RT_TABLE_MAIN = 254
const RTPROT_BOOT = 3
const RT_SCOPE_UNIVERSE = 0
const RT_SCOPE_HOST = 254
const RT_SCOPE_NOWHERE = 255

/** Answer with the table that the route was found in; else IPv4 always says main (which includes table local where no rule parts them). */
const RTM_F_LOOKUP_TABLE = 0x1000

/** What the message says where the route is silent. */
interface Unsaid {
  readonly protocol: number
  readonly scope: number
  readonly type: number
}

/** As `ip route append`: behind equal destinations; the kernel answers EEXIST for the same next hop. */
export const addRouteRequest = (route: Route): NetlinkRequest => newRoute('add', NLM_F_CREATE | NLM_F_APPEND, route)

export const replaceRouteRequest = (route: Route): NetlinkRequest => newRoute('replace', NLM_F_CREATE | NLM_F_REPLACE, route)

/** Only who fails is named: tens of thousands of routes are made when a proxy starts. */
const newRoute = (verb: string, flags: number, route: Route): NetlinkRequest => ({
  get operation() {
    return `${verb} route ${describe(route)}`
  },
  type: RTM_NEWROUTE,
  flags,
  payload: routePayload(route, {
    protocol: RTPROT_BOOT,
    type: ROUTE_TYPE_NUMBER.unicast,
    // The kernel refuses a local route of wider scope.
    scope: route.type === 'local' ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
  }),
})

/** What the route does not say matches any: scope nowhere, protocol and type 0 are the kernel's wildcards. */
export const deleteRouteRequest = (route: Route): NetlinkRequest => ({
  operation: `delete route ${describe(route)}`,
  type: RTM_DELROUTE,
  flags: 0,
  payload: routePayload(route, { protocol: 0, scope: RT_SCOPE_NOWHERE, type: 0 }),
})

const routePayload = (route: Route, unsaid: Unsaid): Uint8Array[] => [
  rtmsg(route, unsaid),
  ...attribute(RTA_DST, route.destination?.address, addressBytes),
  ...gatewayAttribute(route),
  ...attribute(RTA_OIF, route.link, putU32),
  ...attribute(RTA_PREFSRC, route.source, addressBytes),
  ...attribute(RTA_PRIORITY, route.priority, putU32),
  ...attribute(RTA_TABLE, route.table, putU32),
  ...metrics(route),
]

const rtmsg = (route: Route, unsaid: Unsaid): Buffer => {
  const bytes = Buffer.alloc(RTMSG_BYTES)
  const table = route.table ?? RT_TABLE_MAIN
  bytes.writeUInt8(familyNumber(route.family), 0)
  bytes.writeUInt8(route.destination?.prefixLength ?? 0, 1)
  // Tables that do not fit the byte are named by RTA_TABLE alone.
  bytes.writeUInt8(table > 255 ? 0 : table, 4)
  bytes.writeUInt8(route.protocol ?? unsaid.protocol, 5)
  bytes.writeUInt8(route.scope ?? unsaid.scope, 6)
  bytes.writeUInt8(route.type === undefined ? unsaid.type : ROUTE_TYPE_NUMBER[route.type], 7)
  bytes.writeUInt32LE(route.onlink ? RTNH_F_ONLINK : 0, 8)
  return bytes
}

const gatewayAttribute = ({ family, gateway }: Route): Uint8Array[] =>
  gateway === undefined || familyOf(gateway) === family
    ? attribute(RTA_GATEWAY, gateway, addressBytes)
    : attribute(RTA_VIA, Buffer.concat([putU16(familyNumberOf(gateway)), addressBytes(gateway)]), putBytes)

const metrics = ({ mtu, advmss }: Route): Uint8Array[] =>
  mtu === undefined && advmss === undefined
    ? []
    : nested(RTA_METRICS, attribute(RTAX_MTU, mtu, putU32), attribute(RTAX_ADVMSS, advmss, putU32))

/** All routes of a family (or of both, and others); the kernel's own filters differ between versions, so ours come after. */
export const dumpRoutesRequest = (family: Family | undefined): NetlinkRequest => ({
  operation: 'list routes',
  type: RTM_GETROUTE,
  flags: 0,
  payload: queryHeader({ family: family === undefined ? 0 : familyNumber(family) }),
})

export const lookupRequest = (address: IpAddress): NetlinkRequest => ({
  operation: `look up the route to ${address}`,
  type: RTM_GETROUTE,
  flags: 0,
  payload: [
    queryHeader({ family: familyNumberOf(address), destinationBits: ADDRESS_BITS[familyOf(address)], flags: RTM_F_LOOKUP_TABLE }),
    ...attribute(RTA_DST, address, addressBytes),
  ],
})

const queryHeader = (fields: { family: number; destinationBits?: number; flags?: number }): Buffer => {
  const bytes = Buffer.alloc(RTMSG_BYTES)
  bytes.writeUInt8(fields.family, 0)
  bytes.writeUInt8(fields.destinationBits ?? 0, 1)
  bytes.writeUInt32LE(fields.flags ?? 0, 8)
  return bytes
}

const describe = ({ destination, gateway, link }: Route): string =>
  [
    destination === undefined ? 'default' : formatCidr(destination),
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(link === undefined ? [] : [`on link ${link}`]),
  ].join(' ')
