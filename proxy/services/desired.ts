/** Service + its slices + this node -> the kernel objects they ask for. Pure: the same input gives the same items. */
import type { AddressServerId, VirtualServer } from '#kernel/ipvs/types.ts'
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import { chooseEndpoints, type EndpointAddress } from './endpoints.ts'
import { type Item, type ItemMap, itemMap } from './item.ts'
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

/** All kernel objects of a Service. A cluster IP that is one of the node's own addresses is left out: it would cut the node off. */
export const desiredItems = (asked: {
  readonly service: Service
  readonly slices: Iterable<EndpointSlice>
  readonly node: NodeView
}): ItemMap => {
  const { service, node } = asked
  const slices = [...asked.slices]
  const vips = service.clusterIps.filter((address) => !node.nodePortAddresses.includes(address))
  const exposed = vips.flatMap((address) => service.ports.map((port) => clusterIpServer(port, address)))
  const nodePorts = nodePortServers(service, node)
  return itemMap([
    ...[...exposed, ...nodePorts].flatMap((server) => serverItems({ ...server, service, slices, node })),
    ...vips.flatMap((address) => vipItems(address, node)),
  ])
}

interface Exposure {
  readonly id: AddressServerId
  readonly port: ServicePort
  readonly via: 'vip' | 'nodeport'
}

const clusterIpServer = (port: ServicePort, address: IpAddress): Exposure => ({
  id: { protocol: port.protocol, address, port: port.port },
  port,
  via: 'vip',
})

const nodePortServers = (service: Service, node: NodeView): Exposure[] =>
  service.ports
    .filter(({ nodePort }) => nodePort > 0)
    .flatMap((port) =>
      node.nodePortAddresses
        // A single-family Service has no endpoints for the other family's clients.
        .filter((address) => service.clusterIps.some((clusterIp) => familyOf(clusterIp) === familyOf(address)))
        .map((address) => ({ id: { protocol: port.protocol, address, port: port.nodePort }, port, via: 'nodeport' as const })),
    )

const serverItems = (
  asked: Exposure & { readonly service: Service; readonly slices: readonly EndpointSlice[]; readonly node: NodeView },
): Item[] => {
  const { id, port, via, service, slices, node } = asked
  const family = familyOf(id.address)
  const choice = chooseEndpoints({ port, family, slices, node })
  const endpoints = via === 'vip' && service.internalTrafficPolicy === 'Local' ? choice.local : choice.cluster
  return [
    { kind: 'element', set: `${via}${family}`, element: `${id.address} . ${id.protocol} . ${id.port}` },
    { kind: 'server', server: virtualServer(id, service) },
    ...inNodeOrder(endpoints, node.name).map(
      ({ address, port }): Item => ({
        kind: 'destination',
        server: id,
        destination: { address, port, weight: 1 },
      }),
    ),
    ...endpoints
      .filter(({ local }) => local)
      .map(({ address }): Item => ({ kind: 'element', set: `hairpin${family}`, element: `${address} . ${address}` })),
  ]
}

const virtualServer = (id: AddressServerId, service: Service): VirtualServer => ({
  ...id,
  scheduler: service.scheduler,
  schedulerFlags: service.schedulerFlags,
  persistenceSeconds: service.affinitySeconds,
})

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

/** FNV-1a, 32 bits. @see draft-eastlake-fnv */
const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash
}
