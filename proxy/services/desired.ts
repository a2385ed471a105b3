/** Service + its slices + this node -> the kernel objects they ask for. Pure: the same input gives the same items. */
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { VirtualServer, VirtualServerId } from '#kernel/ipvs/types.ts'
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import { formatCidr } from '#net/cidr.ts'
import { type Choose, choices } from './choices.ts'
import type { EndpointAddress, EndpointChoice } from './endpoints.ts'
import type { Exposure } from './exposures.ts'
import { collectItems, destinationKey, elementKey, type ItemCollection, type ItemMap, markText, type SetName } from './item.ts'
import type { Scheduling } from './schedulers.ts'
import type { EndpointSlice, Node, Service, ServicePort } from './types.ts'

/** Everything of this node that decides what a Service asks for. */
export interface NodeView {
  readonly name: string
  /** The node's address of each family, that its own connections to VIPs come from; absent when it has none: the kernel chooses. */
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
  /** What the kernel has for a scheduler. */
  readonly schedule: (asked: Scheduling) => Scheduling
}

/** All kernel objects of a Service. */
export const desiredItems = (asked: Asked): ItemMap => {
  const { service, exposures, vips, node, schedule } = asked
  const choose = choices(asked)
  const outside = service.externalTrafficPolicy === 'Local' ? outsideMarks(asked) : undefined
  const collection = collectItems()
  for (const exposure of exposures) {
    const choice = choose(exposure.port, familyOf(exposure.address))
    const mark = exposure.entry === 'cluster' ? undefined : outside?.get(exposure.port)
    addExposure(exposure, { service, choice, collection, schedule })
    addPolicy(exposure, { service, choice, mark, collection })
    addSources(exposure, { service, collection })
  }
  if (outside !== undefined) addMarkServers(asked, { choose, outside, collection })
  for (const address of vips) addVip(address, node, collection)
  return collection.items
}

interface Chosen {
  readonly service: Service
  readonly choice: EndpointChoice
  readonly collection: ItemCollection
  readonly schedule: Asked['schedule']
}

/** The virtual server of an address and port. Without destinations it refuses; it stays while a policy drops, so that connections can end. */
const addExposure = (exposure: Exposure, { service, choice, collection, schedule }: Chosen): void => {
  const { address, number, port, own, entry } = exposure
  const local = entry === 'cluster' && service.internalTrafficPolicy === 'Local'
  addElement(own ? `nodeport${familyOf(address)}` : `vip${familyOf(address)}`, exposure.text, collection)
  const id = { protocol: port.protocol, address, port: number }
  addServer(id, { service, endpoints: local ? choice.local : choice.cluster, collection, schedule })
}

const addElement = (set: SetName, element: string, { add }: ItemCollection): void =>
  add({ kind: 'element', set, element }, elementKey(set, element))

/** Policy Local while all endpoints are elsewhere drops instead of refusing: another node, or a retry, may have an answer. */
const addPolicy = (exposure: Exposure, chosen: Omit<Chosen, 'schedule'> & { readonly mark: number | undefined }): void => {
  const { service, choice, mark, collection } = chosen
  if (choice.cluster.length === 0) return
  const { entry, text } = exposure
  const policy = entry === 'cluster' ? service.internalTrafficPolicy : service.externalTrafficPolicy
  if (policy === 'Cluster') return
  const family = familyOf(exposure.address)
  const isHere = choice.local.length > 0
  if (entry !== 'cluster' && isHere && mark !== undefined) collection.add({ kind: 'mark', set: `outside${family}`, element: text, mark })
  else if (entry !== 'cluster') addElement(`outsidedrop${family}`, text, collection)
  else if (!isHere) addElement(`drop${family}`, text, collection)
}

const addSources = (
  exposure: Exposure,
  { service: { sourceRanges }, collection }: { readonly service: Service; readonly collection: ItemCollection },
): void => {
  if (exposure.entry !== 'balancer' || sourceRanges === undefined) return
  const family = familyOf(exposure.address)
  addElement(`restricted${family}`, exposure.text, collection)
  for (const cidr of sourceRanges)
    if (familyOf(cidr.address) === family) addElement(`allowed${family}`, `${exposure.text} . ${formatCidr(cidr)}`, collection)
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

interface Marked {
  readonly choose: Choose
  readonly outside: ReadonlyMap<ServicePort, number | undefined>
  readonly collection: ItemCollection
}

/** The virtual servers that clients outside meet, by mark. Without local endpoints no packet is marked for them; their connections end in peace. */
const addMarkServers = ({ service, exposures, schedule }: Asked, { choose, outside, collection }: Marked): void => {
  const outer = outerByPort(exposures)
  for (const [port, fwmark] of outside) {
    if (fwmark === undefined) continue
    addElement('marks', markText(fwmark), collection)
    for (const family of new Set(outer.get(port)?.map(({ address }) => familyOf(address))))
      addServer({ fwmark, family }, { service, endpoints: choose(port, family).local, collection, schedule })
  }
}

interface Served {
  readonly service: Service
  readonly endpoints: readonly EndpointAddress[]
  readonly collection: ItemCollection
  readonly schedule: Asked['schedule']
}

const addServer = (id: VirtualServerId, { service, endpoints, collection, schedule }: Served): void => {
  const name = serverText(id)
  collection.add({ kind: 'server', server: virtualServer(id, service, schedule) }, `server ${name}`)
  for (const { address, port } of endpoints) {
    const destination = { address, port, weight: 1 }
    collection.add({ kind: 'destination', server: id, destination }, destinationKey(name, destination))
  }
  for (const { address, local } of endpoints) if (local) addElement(`hairpin${familyOf(address)}`, `${address} . ${address}`, collection)
}

const virtualServer = (id: VirtualServerId, service: Service, schedule: Asked['schedule']): VirtualServer => {
  const { affinitySeconds } = service
  const byClient = isMarkServer(id) && affinitySeconds > 0
  const { scheduler, schedulerFlags } = schedule(byClient ? BY_CLIENT : service)
  return { ...id, scheduler, schedulerFlags, persistenceSeconds: byClient ? 0 : affinitySeconds }
}

/**
 * Persistence of a server by mark does not translate ports: clients would reach the endpoint at the port that they asked for. A hash of
 * the client's address (Maglev, with fallback) sends it to the same endpoint as long as the endpoints are the same.
 * @see net/netfilter/ipvs/ip_vs_core.c, ip_vs_sched_persist
 */
const BY_CLIENT: Scheduling = { scheduler: 'mh', schedulerFlags: 0x8 }

const addVip = (address: IpAddress, node: NodeView, collection: ItemCollection): void => {
  const family = familyOf(address)
  addElement(`address${family}`, address, collection)
  collection.add({ kind: 'route', address, source: node.primary[family] ?? '' })
}
