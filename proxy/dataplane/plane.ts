/** The data plane over the real kernel: nftables, IPVS, routes, and what they stand on. */
import type { Conntrack } from '#kernel/conntrack/open.ts'
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { endpointText } from '#kernel/ipvs/server-id.ts'
import type { Ipvs, IpvsOperation, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { Nftables } from '#kernel/nftables.ts'
import type { NftElement } from '#kernel/nftables-netlink.ts'
import type { Route, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import type { DataPlane } from '../services/data-plane.ts'
import type { ItemMap, RouteItem } from '../services/item.ts'
import { inOneGo, type Steps } from '../services/steps.ts'
import type { TableSight } from '../services/table-watch.ts'
import { type BaseEdges, createBase } from './base.ts'
import { changeElements } from './element-changes.ts'
import { forgetStaleFlows } from './flows.ts'
import { type ObservedKernel, observedItems, observingItems } from './observe.ts'
import type { TableConfig } from './rules.ts'
import { withMark } from './server-mark.ts'
import { ARP_TABLE, ARP_VIPS, SET_NAMES, TABLE_FAMILY, TABLE_NAME } from './sets.ts'

/** The kernel, as the composition root opened it, in the node's own namespace. */
export interface PlaneEdges extends BaseEdges {
  readonly ipvs: Ipvs
  readonly observeIpvs: () => readonly ObservedIpvsEntry[]
  /** The same in steps. Without it, observeIpvs() is one. */
  readonly observingIpvs?: () => Steps<readonly ObservedIpvsEntry[]>
  readonly conntrack: Conntrack
  /** Asked at each look at the kernel: which virtual servers a proxy before us left. */
  readonly inherited?: () => (server: VirtualServerId) => boolean
}

/** Who made a route, in /etc/iproute2/rt_protos terms; a number nobody else has registered marks VIP routes as ours. */
export const ROUTE_PROTOCOL = 83

export const TABLE_LOCAL = 255
const SCOPE_HOST = 254

/** @param config what the rules depend on; asked at each audit, since the Node's pod CIDRs may come later */
export const createDataPlane = (edges: PlaneEdges, config: () => TableConfig): DataPlane & TableSight => {
  const base = createBase(edges)
  function* observing(): Steps<ItemMap> {
    const tables = yield* readTables(edges.nftables)
    base.looked()
    const routes = vipRoutes(edges.rtnetlink)
    yield 'breath'
    const ipvs = edges.observingIpvs === undefined ? edges.observeIpvs() : yield* edges.observingIpvs()
    yield 'breath'
    return yield* observingItems({ ...tables, routes, ipvs, ...(edges.inherited === undefined ? {} : { isInherited: edges.inherited() }) })
  }
  const observeRoutes = (): ItemMap => {
    base.looked()
    return observedItems({ sets: new Map(), arpVips: [], routes: vipRoutes(edges.rtnetlink), ipvs: [] })
  }
  function* observingTable(): Steps<ItemMap> {
    const tables = yield* readTables(edges.nftables)
    return yield* observingItems({ ...tables, routes: [], ipvs: [] })
  }
  return {
    changeElements: (changes) => changeElements(changes, base.changeElements),
    changeIpvs: (operations) => edges.ipvs.apply(operations.map(marking)),
    changeRoutes: (changes) =>
      edges.rtnetlink.batchRoutes(changes.map(({ verb, route }) => ({ verb, route: kernelRoute(route, base.dummy) }))),
    countConnections: (server) =>
      new Map(
        edges.ipvs
          .destinations(server)
          .map((destination) => [endpointText(destination), destination.activeConnections + destination.inactiveConnections]),
      ),
    forgetFlows: (ports) => forgetStaleFlows(edges.conntrack, ports),
    ensureBase: () => base.ensure(config()),
    observe: () => inOneGo(observing()),
    observing,
    disturbance: base.disturbance,
    observeTable: () => inOneGo(observingTable()),
    observingTable,
    observeRoutes,
  }
}

/** Each set is a step. */
function* readTables({ elements }: Nftables): Steps<Pick<ObservedKernel, 'sets' | 'arpVips'>> {
  const sets = new Map<(typeof SET_NAMES)[number], readonly NftElement[]>()
  for (const set of SET_NAMES) {
    sets.set(set, elements({ family: TABLE_FAMILY, table: TABLE_NAME, set }))
    yield 'breath'
  }
  const arpVips = elements({ ...ARP_TABLE, set: ARP_VIPS })
  yield 'breath'
  return { sets, arpVips }
}

const marking = (operation: IpvsOperation): IpvsOperation =>
  operation.verb === 'addServer' || operation.verb === 'setServer' ? { ...operation, server: withMark(operation.server) } : operation

/** @see ip-route(8): local ADDRESS dev LINK table local proto N scope host src SOURCE */
const kernelRoute = ({ address, source }: RouteItem, link: number): Route => ({
  family: familyOf(address),
  type: 'local',
  table: TABLE_LOCAL,
  protocol: ROUTE_PROTOCOL,
  scope: SCOPE_HOST,
  destination: { address, prefixLength: ADDRESS_BITS[familyOf(address)] },
  link,
  ...(source === '' ? {} : { source }),
})

const vipRoutes = (rtnetlink: Rtnetlink): Route[] => rtnetlink.routes({ table: TABLE_LOCAL, protocol: ROUTE_PROTOCOL })
