/**
 * Routes as the kernel tells them. A route with several next hops comes as one message:
 *
 *   RTA_MULTIPATH: rtnexthop { u16 length | u8 flags | u8 weight - 1 | i32 device index, then RTA_GATEWAY or RTA_VIA } ...
 */
import { getU32 } from 'netlink/dist/structs.js'
import { addressFromBytes, type Family, type IpAddress } from '#net/address.ts'
import { KernelError } from '../errno.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import {
  ROUTE_TYPE_NUMBER,
  RTA_DST,
  RTA_GATEWAY,
  RTA_METRICS,
  RTA_OIF,
  RTA_PREFSRC,
  RTA_PRIORITY,
  RTA_TABLE,
  RTA_VIA,
  RTAX_ADVMSS,
  RTAX_MTU,
  RTMSG_BYTES,
  RTNH_F_ONLINK,
} from './route-messages.ts'
import type { Route } from './types.ts'
import { attributesOf, familyOfNumber } from './wire.ts'

const RTA_MULTIPATH = 9
const RTNEXTHOP_BYTES = 8
const EPROTO = 71

type RouteType = NonNullable<Route['type']>

/** Made when the first route is read: most CNI calls read none. */
let routeTypes: ReadonlyMap<number, RouteType> | undefined
const routeTypeOf = (number: number): RouteType | undefined => {
  routeTypes ??= new Map(Object.entries(ROUTE_TYPE_NUMBER).map(([name, each]) => [each, name as RouteType]))
  return routeTypes.get(number)
}

type Attributes = ReadonlyMap<number, Buffer>
type NextHop = Pick<Route, 'gateway' | 'link' | 'onlink'>

/**
 * Reads an RTM_NEWROUTE message: one route per next hop, the way addRoute writes them; none when it is of another family than
 * IPv4 and IPv6, or of a type without a name.
 */
export const decodeRoutes = ({ payload }: NetlinkReply): Route[] => {
  const family = familyOfNumber(payload.readUInt8(0))
  const type = routeTypeOf(payload.readUInt8(7))
  if (family === undefined || type === undefined) return []
  const attributes = attributesOf(payload.subarray(RTMSG_BYTES))
  const table = numberIn(attributes, RTA_TABLE) ?? payload.readUInt8(4)
  const route: RouteDraft = { family, type, table, protocol: payload.readUInt8(5), scope: payload.readUInt8(6) }
  const [destination, source, priority] = [
    addressIn(attributes, RTA_DST),
    addressIn(attributes, RTA_PREFSRC),
    numberIn(attributes, RTA_PRIORITY),
  ]
  if (destination !== undefined) route.destination = { address: destination, prefixLength: payload.readUInt8(1) }
  if (source !== undefined) route.source = source
  if (priority !== undefined) route.priority = priority
  const metrics = attributes.get(RTA_METRICS)
  if (metrics !== undefined) Object.assign(route, metricsOf(metrics))
  const several = attributes.get(RTA_MULTIPATH)
  if (several !== undefined) return multipathOf(several).map((hop) => ({ ...route, ...hop }))
  return [withHop(route, attributes, { link: numberIn(attributes, RTA_OIF), flags: payload.readUInt32LE(8) })]
}

/** Filled field by field: an audit of 10,000 Services reads as many routes. */
type RouteDraft = { -readonly [Field in keyof Route]: Route[Field] }

const metricsOf = (bytes: Buffer): Pick<Route, 'mtu' | 'advmss'> => {
  const metrics = attributesOf(bytes)
  return { ...optional('mtu', numberIn(metrics, RTAX_MTU)), ...optional('advmss', numberIn(metrics, RTAX_ADVMSS)) }
}

const multipathOf = (bytes: Buffer): NextHop[] => {
  const hops: NextHop[] = []
  for (let offset = 0; offset + RTNEXTHOP_BYTES <= bytes.length; ) {
    const length = bytes.readUInt16LE(offset)
    if (length < RTNEXTHOP_BYTES || offset + length > bytes.length) throw new KernelError('next hop with a wrong length', EPROTO)
    const attributes = attributesOf(bytes.subarray(offset + RTNEXTHOP_BYTES, offset + length))
    hops.push(withHop({}, attributes, { link: bytes.readInt32LE(offset + 4), flags: bytes.readUInt8(offset + 2) }))
    offset += (length + 3) & ~3
  }
  return hops
}

type HopDraft = { -readonly [Field in keyof NextHop]: NextHop[Field] }

const withHop = <Draft extends HopDraft>(
  draft: Draft,
  attributes: Attributes,
  { link, flags }: { link: number | undefined; flags: number },
): Draft => {
  const gateway = addressIn(attributes, RTA_GATEWAY) ?? viaIn(attributes)
  if (gateway !== undefined) draft.gateway = gateway
  if (link !== undefined) draft.link = link
  if (flags & RTNH_F_ONLINK) draft.onlink = true
  return draft
}

const viaIn = (attributes: Attributes): IpAddress | undefined => {
  const via = attributes.get(RTA_VIA)
  return via === undefined ? undefined : addressFromBytes(via.subarray(2))
}

const addressIn = (attributes: Attributes, type: number): IpAddress | undefined => {
  const bytes = attributes.get(type)
  return bytes === undefined ? undefined : addressFromBytes(bytes)
}

const numberIn = (attributes: Attributes, type: number): number | undefined => {
  const bytes = attributes.get(type)
  return bytes === undefined ? undefined : getU32(bytes)
}

/** The field, unless it has no value. */
const optional = <Name extends string, T>(name: Name, value: T | undefined): { [K in Name]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T }

/** Whether a decoded route satisfies every condition given. */
export const matches = (route: Route, filter: { family?: Family; table?: number; protocol?: number }): boolean =>
  (filter.family === undefined || route.family === filter.family) &&
  (filter.table === undefined || route.table === filter.table) &&
  (filter.protocol === undefined || route.protocol === filter.protocol)
