/** Service + its slices + this node -> the kernel objects they ask for. Pure: the same input gives the same items. */
import { isMarkServer } from '#kernel/ipvs/server-id.ts'
import type { VirtualServer, VirtualServerId } from '#kernel/ipvs/types.ts'
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import { formatCidr } from '#net/cidr.ts'
import { chooseEndpoints, type EndpointAddress, type EndpointChoice } from './endpoints.ts'
import { type Exposure, exposureText } from './exposures.ts'
import { fnv1a } from './fnv.ts'
import { type Item, type ItemMap, itemMap, markText, type SetName } from './item.ts'
import type { EndpointSlice, Node, Service, ServicePort } from './types.ts'

/** Everything of this node that decides what a Service asks for. */
export interface NodeView {
  readonly name: string
  /** The node's address of each family, that its own connections to VIPs come from; absent when it has none. */
  readonly primary: { readonly 4?: IpAddress; readonly 6?: IpAddress }
  /** Its zone, for endpoint hints; empty = unknown. */
  readonly zone: string
  /** Addresses that NodePorts answer on. */
  readonly nodePortAddresses: readonly IpAddress[]
  /**
   * Every address of this node, of its links (but for link-local ones, and the leftovers of other proxies on their dummy links) and of its
   * Node object: as a VIP it gets neither route nor guard.
   */
  readonly ownAddresses: readonly IpAddress[]
  /** Addresses of other nodes (gateways of routes, vxlan destinations): never made local here. */
  readonly otherNodes: readonly IpAddress[]
}

/** A node's view of itself, from its Node object. */
export const nodeViewOf = (node: Node): NodeView => {
  const first = (family: Family): IpAddress | undefined => node.addresses.find((address) => familyOf(address) === family)
  const [v4, v6] = [first(4), first(6)]
  return {
    name: node.name,
    primary: { ...(v4 === undefined ? {} : { 4: v4 }), ...(v6 === undefined ? {} : { 6: v6 }) },
    zone: node.zone,
    nodePortAddresses: node.addresses,
    ownAddresses: node.addresses,
    otherNodes: [],
  }
}

export interface Asked {
  readonly service: Service
  readonly slices: Iterable<EndpointSlice>
  readonly node: NodeView
  /** What of the Service answers on this node, without what another Service has. */
  readonly exposures: readonly Exposure[]
  readonly vips: readonly IpAddress[]
  /** The mark of a port whose outside clients get local endpoints only; undefined when there is none left. */
  readonly markOf: (port: ServicePort, exposures: readonly Exposure[]) => number | undefined
}

/** All kernel objects of a Service. */
export const desiredItems = (asked: Asked): ItemMap => {
  const { service, exposures, vips, node } = asked
  const choose = choices(asked)
  const outside = service.externalTrafficPolicy === 'Local' ? outsideMarks(asked) : undefined
  const byPort = exposures.flatMap((exposure) => {
    const choice = choose(exposure.port, familyOf(exposure.address))
    const mark = exposure.entry === 'cluster' ? undefined : outside?.get(exposure.port)
    return [
      ...exposureItems(exposure, { service, choice }),
      ...policyItems(exposure, { service, choice, mark }),
      ...sourceItems(exposure, service),
    ]
  })
  return itemMap([...byPort, ...markServers(asked, { choose, outside }), ...vips.flatMap((address) => vipItems(address, node))])
}

type Choose = (port: ServicePort, family: Family) => EndpointChoice

/** Each choice is made once, however many addresses a port has. */
const choices = ({ slices, node }: Asked): Choose => {
  const all = [...slices]
  const made = new Map<ServicePort, Partial<Record<Family, EndpointChoice>>>()
  return (port, family) => {
    const known = made.get(port)?.[family]
    if (known !== undefined) return known
    const { cluster, local } = chooseEndpoints({ port, family, slices: all, node })
    const choice = { cluster: inNodeOrder(cluster, node.name), local: inNodeOrder(local, node.name) }
    made.set(port, { ...made.get(port), [family]: choice })
    return choice
  }
}

interface Chosen {
  readonly service: Service
  readonly choice: EndpointChoice
}

/** The virtual server of an address and port. Without destinations it refuses; it stays while a policy drops, so that connections can end. */
const exposureItems = (exposure: Exposure, { service, choice }: Chosen): Item[] => {
  const { address, number, port, own, entry } = exposure
  const local = entry === 'cluster' && service.internalTrafficPolicy === 'Local'
  const set: SetName = own ? `nodeport${familyOf(address)}` : `vip${familyOf(address)}`
  return [
    { kind: 'element', set, element: exposureText(exposure) },
    ...serverItems({ protocol: port.protocol, address, port: number }, { service, endpoints: local ? choice.local : choice.cluster }),
  ]
}

/** Policy Local while all endpoints are elsewhere drops instead of refusing: another node, or a retry, may have an answer. */
const policyItems = (exposure: Exposure, { service, choice, mark }: Chosen & { readonly mark: number | undefined }): Item[] => {
  if (choice.cluster.length === 0) return []
  const { entry } = exposure
  const policy = entry === 'cluster' ? service.internalTrafficPolicy : service.externalTrafficPolicy
  if (policy === 'Cluster') return []
  const [element, family] = [exposureText(exposure), familyOf(exposure.address)]
  if (entry === 'cluster') return choice.local.length > 0 ? [] : [{ kind: 'element', set: `drop${family}`, element }]
  return choice.local.length > 0 && mark !== undefined
    ? [{ kind: 'mark', set: `outside${family}`, element, mark }]
    : [{ kind: 'element', set: `outsidedrop${family}`, element }]
}

const sourceItems = (exposure: Exposure, { sourceRanges }: Service): Item[] => {
  if (exposure.entry !== 'balancer' || sourceRanges === undefined) return []
  const [element, family] = [exposureText(exposure), familyOf(exposure.address)]
  const allowed = sourceRanges.filter(({ address }) => familyOf(address) === family)
  return [
    { kind: 'element', set: `restricted${family}`, element },
    ...allowed.map((cidr): Item => ({ kind: 'element', set: `allowed${family}`, element: `${element} . ${formatCidr(cidr)}` })),
  ]
}

/** Where clients outside meet each port. A Service may have very many ports. */
const outerByPort = (exposures: readonly Exposure[]): ReadonlyMap<ServicePort, readonly Exposure[]> =>
  Map.groupBy(
    exposures.filter(({ entry }) => entry !== 'cluster'),
    ({ port }) => port,
  )

/** One mark for each port, over all its outer addresses of both families. */
const outsideMarks = ({ exposures, markOf }: Asked): ReadonlyMap<ServicePort, number | undefined> =>
  new Map([...outerByPort(exposures)].map(([port, outer]) => [port, markOf(port, outer)]))

/** The virtual servers that clients outside meet, by mark. Without local endpoints no packet is marked for them; their connections end in peace. */
const markServers = (
  { service, exposures }: Asked,
  { choose, outside }: { readonly choose: Choose; readonly outside: ReadonlyMap<ServicePort, number | undefined> | undefined },
): Item[] => {
  const outer = outerByPort(exposures)
  return [...(outside ?? [])].flatMap(([port, fwmark]) => {
    if (fwmark === undefined) return []
    const families = new Set(outer.get(port)?.map(({ address }) => familyOf(address)))
    const servers = [...families].flatMap((family) => serverItems({ fwmark, family }, { service, endpoints: choose(port, family).local }))
    return [{ kind: 'element', set: 'marks', element: markText(fwmark) }, ...servers]
  })
}

const serverItems = (
  id: VirtualServerId,
  { service, endpoints }: { readonly service: Service; readonly endpoints: readonly EndpointAddress[] },
): Item[] => [
  { kind: 'server', server: virtualServer(id, service) },
  ...endpoints.map(({ address, port }): Item => ({ kind: 'destination', server: id, destination: { address, port, weight: 1 } })),
  ...endpoints
    .filter(({ local }) => local)
    .map(({ address }): Item => ({ kind: 'element', set: `hairpin${familyOf(address)}`, element: `${address} . ${address}` })),
]

const virtualServer = (id: VirtualServerId, { scheduler, schedulerFlags, affinitySeconds }: Service): VirtualServer =>
  isMarkServer(id) && affinitySeconds > 0
    ? { ...id, ...BY_CLIENT }
    : { ...id, scheduler, schedulerFlags, persistenceSeconds: affinitySeconds }

/**
 * Persistence of a server by mark does not translate ports: clients would reach the endpoint at the port that they asked for. A hash of
 * the client's address (Maglev, with fallback) sends it to the same endpoint as long as the endpoints are the same.
 * @see net/netfilter/ipvs/ip_vs_core.c, ip_vs_sched_persist
 */
const BY_CLIENT = { scheduler: 'mh', schedulerFlags: 0x8, persistenceSeconds: 0 } as const

const vipItems = (address: IpAddress, node: NodeView): Item[] => {
  const family = familyOf(address)
  return [
    { kind: 'element', set: `address${family}`, element: address },
    { kind: 'route', address, source: node.primary[family] ?? '' },
  ]
}

/** Every node starts its round robin elsewhere: otherwise all first connections of a cluster meet at one endpoint. */
const inNodeOrder = (endpoints: readonly EndpointAddress[], nodeName: string): readonly EndpointAddress[] => {
  if (endpoints.length < 2) return endpoints
  const rank = new Map(endpoints.map((endpoint) => [endpoint, fnv1a(`${nodeName} ${endpoint.address} ${endpoint.port}`)]))
  return [...endpoints].sort((one, other) => (rank.get(one) ?? 0) - (rank.get(other) ?? 0))
}
