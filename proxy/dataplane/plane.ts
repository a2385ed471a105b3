/** The data plane over the real kernel: nftables, IPVS, routes, and what they stand on. */
import type { Conntrack } from '#kernel/conntrack/open.ts'
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { endpointText } from '#kernel/ipvs/server-id.ts'
import type { Ipvs, IpvsOperation, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { Route, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import type { DataPlane } from '../services/data-plane.ts'
import type { RouteItem } from '../services/item.ts'
import type { TableSight } from '../services/table-watch.ts'
import { type BaseEdges, createBase } from './base.ts'
import { changeElements } from './element-changes.ts'
import { forgetStaleFlows } from './flows.ts'
import { type ObservedKernel, observedItems } from './observe.ts'
import type { TableConfig } from './rules.ts'
import { withMark } from './server-mark.ts'
import { ARP_TABLE, ARP_VIPS, SET_NAMES, TABLE_FAMILY, TABLE_NAME } from './sets.ts'

/** The kernel, as the composition root opened it, in the node's own namespace. */
export interface PlaneEdges extends BaseEdges {
  readonly ipvs: Ipvs
  readonly observeIpvs: () => readonly ObservedIpvsEntry[]
  readonly conntrack: Conntrack
  /** Asked at each look at the kernel: which virtual servers a proxy before us left. */
  readonly inherited?: () => (server: VirtualServerId) => boolean
}

/** Who made a route, in /etc/iproute2/rt_protos terms; a number nobody else has registered marks VIP routes as ours. */
export const ROUTE_PROTOCOL = 83

const TABLE_LOCAL = 255
const SCOPE_HOST = 254

/** @param config what the rules depend on; asked at each audit, since the Node's pod CIDRs may come later */
export const createDataPlane = (edges: PlaneEdges, config: () => TableConfig): DataPlane & TableSight => {
  const base = createBase(edges)
  const observeTables = (): Pick<ObservedKernel, 'sets' | 'arpVips'> => ({
    sets: new Map(SET_NAMES.map((set) => [set, edges.nftables.elements({ family: TABLE_FAMILY, table: TABLE_NAME, set })])),
    arpVips: edges.nftables.elements({ ...ARP_TABLE, set: ARP_VIPS }),
  })
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
    observe: () => {
      base.looked()
      return observedItems({
        ...observeTables(),
        routes: vipRoutes(edges.rtnetlink),
        ipvs: edges.observeIpvs(),
        ...(edges.inherited === undefined ? {} : { isInherited: edges.inherited() }),
      })
    },
    disturbance: base.disturbance,
    observeTable: () => observedItems({ ...observeTables(), routes: [], ipvs: [] }),
  }
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
