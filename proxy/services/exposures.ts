/** Where a Service answers on this node: every address with every port, by the way clients come in. Pure. */
import { familyOf, type IpAddress } from '#net/address.ts'
import { type AddressRules, admit } from './address-rules.ts'
import type { NodeView } from './desired.ts'
import { has } from './membership.ts'
import { listed, remark, warning } from './notice.ts'
import type { Service, ServiceNotice, ServicePort } from './types.ts'

/** One address, protocol and port that answers. */
export interface Exposure {
  readonly address: IpAddress
  /** The port that clients connect to: the Service's own, or its node port. */
  readonly number: number
  readonly port: ServicePort
  /** `cluster`: internalTrafficPolicy; all others: externalTrafficPolicy. */
  readonly entry: 'cluster' | 'balancer' | 'external' | 'node'
  /** At an address that this node has of its own. */
  readonly own: boolean
  /** `10.96.0.1 . tcp . 80`, as our sets and whoever claims it name it: made once. */
  readonly text: string
}

export interface Exposures {
  readonly exposures: readonly Exposure[]
  /** Addresses to be made this node's own, and guarded: nothing but Services answers there. */
  readonly vips: readonly IpAddress[]
  readonly notices: readonly ServiceNotice[]
}

/**
 * Of one address, protocol and port the first entry counts, so that an address which is a load balancer's is restricted even when
 * it is among the externalIPs too.
 */
export const exposuresOf = (service: Service, { node, rules }: { readonly node: NodeView; readonly rules: AddressRules }): Exposures => {
  const cluster = clusterAddresses(service, node)
  const balancer = admit(service.loadBalancerIps, { rules, kind: 'balancer' })
  const external = admit(service.externalIps, { rules, kind: 'external' })
  const isNoOthers = (address: IpAddress): boolean => !has(node.otherNodes, address)
  const places: Places = {
    cluster: cluster.addresses,
    balancer: balancer.addresses.filter(isNoOthers),
    external: external.addresses.filter(isNoOthers),
    node: nodePortAddresses(service, node),
  }
  const vips = new Set([...places.cluster, ...places.balancer, ...places.external])
  const found = exposuresAt(places, { service, node })
  const served = found.notices.length === 0 ? vips : addressesOf(found.exposures)
  return {
    exposures: found.exposures,
    vips: [...vips].filter((address) => served.has(address) && !has(node.ownAddresses, address)),
    notices: [
      ...found.notices,
      ...cluster.notices,
      ...balancer.notices,
      ...external.notices,
      ...foreign([...balancer.addresses, ...external.addresses], node),
    ],
  }
}

type Places = Readonly<Record<Exposure['entry'], readonly IpAddress[]>>

/** An object of a few kilobytes may ask for millions: five hundred ports at two thousand addresses. */
const MOST_EXPOSURES = 16_384

/** Each address, protocol and port once, in the order of ENTRIES; the first of them, when they are too many. */
const exposuresAt = (
  places: Places,
  { service, node }: { readonly service: Service; readonly node: NodeView },
): Pick<Exposures, 'exposures' | 'notices'> => {
  const found = new Map<string, Exposure>()
  for (const entry of ENTRIES) {
    for (const address of places[entry]) {
      const own = has(node.ownAddresses, address)
      for (const port of service.ports) {
        const number = entry === 'node' ? port.nodePort : port.port
        const text = `${address} . ${port.protocol} . ${number}`
        if ((entry === 'node' && number === 0) || found.has(text)) continue
        if (found.size === MOST_EXPOSURES) return cutAt([...found.values()])
        found.set(text, { address, number, port, entry, own, text })
      }
    }
  }
  return { exposures: [...found.values()], notices: [] }
}

const ENTRIES = ['cluster', 'balancer', 'external', 'node'] as const

const cutAt = (kept: readonly Exposure[]): Pick<Exposures, 'exposures' | 'notices'> => ({ exposures: kept, notices: [tooMany(kept)] })

const addressesOf = (exposures: readonly Exposure[]): ReadonlySet<IpAddress> => new Set(exposures.map(({ address }) => address))

/** The first `most` exposures, with the VIPs that they leave; all, and all VIPs, when they are no more. */
export const atMost = (most: number, { exposures, vips }: Omit<Exposures, 'notices'>): Exposures => {
  if (exposures.length <= most) return { exposures, vips, notices: [] }
  const kept = exposures.slice(0, most)
  const served = addressesOf(kept)
  return { exposures: kept, vips: vips.filter((address) => served.has(address)), notices: [tooMany(kept)] }
}

const tooMany = (kept: readonly Exposure[]): ServiceNotice => {
  const last = kept.at(-1)
  const served = last === undefined ? '' : `, up to ${last.address} port ${last.number}/${last.port.protocol}`
  return warning(
    'TooManyAddresses',
    `asks for more addresses, ports and endpoints than a node can bear: only the first ${kept.length} are served${served}`,
  )
}

/** A cluster IP that a link of this node has belongs to whoever put it there, as NodeLocal DNSCache does; taking it over would cut them off. */
const clusterAddresses = (
  { clusterIps }: Service,
  node: NodeView,
): { addresses: readonly IpAddress[]; notices: readonly ServiceNotice[] } => {
  const own = clusterIps.filter((address) => has(node.ownAddresses, address))
  const others = clusterIps.filter((address) => has(node.otherNodes, address))
  if (own.length + others.length === 0) return { addresses: clusterIps, notices: [] }
  return {
    addresses: clusterIps.filter((address) => !own.includes(address) && !others.includes(address)),
    notices: [
      ...(own.length > 0
        ? [remark('AddressOfNode', `spec.clusterIPs: ${listed(own)}: left to this node, which has the address on one of its links`)]
        : []),
      ...(others.length > 0
        ? [warning('AddressOfNode', `spec.clusterIPs: ${listed(others)}: not served, another node has the address`)]
        : []),
    ],
  }
}

/** A route of type local to another node's address would cut this node off from it. */
const foreign = (addresses: readonly IpAddress[], node: NodeView): readonly ServiceNotice[] => {
  if (addresses.length === 0) return []
  const others = [...new Set(addresses)].filter((address) => has(node.otherNodes, address))
  return others.length === 0
    ? []
    : [remark('AddressOfNode', `external addresses ${listed(others)}: not served on this node, another node has the address`)]
}

/** The node's addresses of the families that the Service has: it has no endpoints for the other family's clients. */
const nodePortAddresses = ({ clusterIps, ports }: Service, node: NodeView): readonly IpAddress[] => {
  if (ports.every(({ nodePort }) => nodePort === 0)) return []
  const families = new Set(clusterIps.map(familyOf))
  return node.nodePortAddresses.filter((address) => families.has(familyOf(address)))
}
