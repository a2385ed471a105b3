/** rtnetlink of one namespace: the messages of this folder, sent over one synchronous channel. */
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import { ignoring } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import { type NetlinkChannel, openChannel } from '../netlink/channel.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { NETLINK_ROUTE } from '../netlink/socket.ts'
import { addLinkRequest } from './add-link.ts'
import { addAddressRequest, decodeAddress, deleteAddressRequest, dumpAddressesRequest } from './address-messages.ts'
import { setBridgePortRequest } from './bridge-port.ts'
import { addPortVlansRequest, decodePortVlans, deletePortVlansRequest, dumpPortVlansRequest } from './bridge-vlan.ts'
import {
  changeLinkRequest,
  decodeLink,
  deleteLinkRequest,
  dumpLinksRequest,
  getLinkByNameRequest,
  getLinkRequest,
} from './link-messages.ts'
import { decodeForwarding, dumpForwardingsRequest, setForwardingRequest, setNeighborRequest } from './neighbor-messages.ts'
import { addRouteRequest, deleteRouteRequest, dumpRoutesRequest, lookupRequest, replaceRouteRequest } from './route-messages.ts'
import { decodeRoutes, matches } from './route-replies.ts'
import type { Link, LinkAddress, Route, Rtnetlink } from './types.ts'

/** Opens rtnetlink in `namespace`, by default the calling thread's; it stays there. Close it. @throws KernelError */
export const openRtnetlink = (namespace?: Namespace): Rtnetlink => rtnetlinkOver(openChannel(NETLINK_ROUTE, namespace))

/** rtnetlink over a channel, given so that tests can play the kernel. */
export const rtnetlinkOver = (channel: NetlinkChannel): Rtnetlink => {
  const change = (request: NetlinkRequest): void => {
    channel.request(request)
  }
  return {
    addLink: (spec) => change(addLinkRequest(spec)),
    changeLink: (index, changes) => change(changeLinkRequest(index, changes)),
    deleteLink: (index) => change(deleteLinkRequest(index)),
    link: (name) => findLink(NO_SUCH_NAME, () => channel.request(getLinkByNameRequest(name))),
    linkByIndex: (index) => findLink(['ENODEV'], () => channel.request(getLinkRequest(index))),
    links: () => channel.dump(dumpLinksRequest()).map(decodeLink),
    setBridgePort: (index, flags) => change(setBridgePortRequest(index, flags)),
    addPortVlans: (index, vlans) => change(addPortVlansRequest(index, vlans)),
    deletePortVlans: (index, ids) => change(deletePortVlansRequest(index, ids)),
    portVlans: () => new Map(channel.dump(dumpPortVlansRequest()).map(decodePortVlans)),
    addAddress: (index, address) => change(addAddressRequest(index, address)),
    deleteAddress: (index, address) => change(deleteAddressRequest(index, address)),
    addresses: (filter) => listAddresses(channel, filter),
    addRoute: (route) => change(addRouteRequest(route)),
    replaceRoute: (route) => change(replaceRouteRequest(route)),
    deleteRoute: (route) => change(deleteRouteRequest(route)),
    batchRoutes: (changes) =>
      channel.batch(changes.map(({ verb, route }) => (verb === 'replace' ? replaceRouteRequest(route) : deleteRouteRequest(route)))),
    routes: (filter) => listRoutes(channel, filter),
    routeTo: (address) => lookUp(channel, address),
    setForwarding: (entry) => change(setForwardingRequest(entry)),
    forwardings: () =>
      channel
        .dump(dumpForwardingsRequest())
        .map(decodeForwarding)
        .filter((entry) => entry !== undefined),
    setNeighbor: (entry) => change(setNeighborRequest(entry)),
    counters: channel.counters,
    port: channel.port,
    close: () => channel.close(),
  }
}

/** No device has it, or none could: a name above 127 bytes or with a NUL; on kernels without alternative names, one above 15. */
const NO_SUCH_NAME = ['ENODEV', 'ERANGE', 'EINVAL']

const findLink = (absent: readonly string[], query: () => NetlinkReply[]): Link | undefined => {
  const reply = ignoring(absent, query)?.[0]
  return reply === undefined ? undefined : decodeLink(reply)
}

const listAddresses = (channel: NetlinkChannel, filter: Parameters<Rtnetlink['addresses']>[0] = {}): LinkAddress[] =>
  channel
    .dump(dumpAddressesRequest(filter.family))
    .map(decodeAddress)
    .filter((address) => address !== undefined)
    .filter(({ link, address }) => matchesAddress(filter, link, address))

const matchesAddress = (filter: { link?: number; family?: Family }, link: number, address: IpAddress): boolean =>
  (filter.link === undefined || filter.link === link) && (filter.family === undefined || filter.family === familyOf(address))

const listRoutes = (channel: NetlinkChannel, filter: Parameters<Rtnetlink['routes']>[0] = {}): Route[] =>
  channel
    .dump(dumpRoutesRequest(filter.family))
    .filter((reply) => isConfigured(reply) && isOfTable(reply, filter.table))
    .flatMap(decodeRoutes)
    .filter((route) => matches(route, filter))

/** RTM_F_CLONED marks what the kernel remembers of lookups (path MTUs): no routes of anybody's. */
const RTM_F_CLONED = 0x200
const isConfigured = ({ payload }: NetlinkReply): boolean => (payload.readUInt32LE(8) & RTM_F_CLONED) === 0

/** Routes of other tables are most of them; the byte of the header is enough to leave them out undecoded, unless the number does not fit it. */
const isOfTable = ({ payload }: NetlinkReply, table: number | undefined): boolean =>
  table === undefined || table > 255 || payload.readUInt8(4) === table

/** How the kernel says that a packet has nowhere to go: no route, or one that refuses it (EINVAL for a blackhole). */
const NO_ROUTE = ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL']
const REFUSING_TYPES: readonly (string | undefined)[] = ['blackhole', 'unreachable', 'prohibit', 'throw']

const lookUp = (channel: NetlinkChannel, address: IpAddress): Route | undefined => {
  const reply = ignoring(NO_ROUTE, () => channel.request(lookupRequest(address)))?.[0]
  const route = reply === undefined ? undefined : decodeRoutes(reply)[0]
  // IPv6 answers with the refusing route itself.
  return REFUSING_TYPES.includes(route?.type) ? undefined : route
}
