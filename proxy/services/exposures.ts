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
}

export interface Exposures {
  readonly exposures: readonly Exposure[]
  /** Addresses to be made this node's own, and guarded: nothing but Services answers there. */
  readonly vips: readonly IpAddress[]
  readonly notices: readonly ServiceNotice[]
}

/** `10.96.0.1 . tcp . 80`, as our sets name it. */
export const exposureText = ({ address, number, port }: Exposure): string => `${address} . ${port.protocol} . ${number}`

/**
 * Of one address, protocol and port the first entry counts, so that an address which is a load balancer's is restricted even when
 * it is among the externalIPs too.
 */
export const exposuresOf = (service: Service, { node, rules }: { readonly node: NodeView; readonly rules: AddressRules }): Exposures => {
  const cluster = clusterAddresses(service, node)
  const balancer = admit(service.loadBalancerIps, { rules, kind: 'balancer' })
  const external = admit(service.externalIps, { rules, kind: 'external' })
  const outer = {
    balancer: balancer.addresses.filter((address) => !has(node.otherNodes, address)),
    external: external.addresses.filter((address) => !has(node.otherNodes, address)),
  }
  const vips = [...cluster.addresses, ...outer.balancer, ...outer.external]
  function* at(addresses: readonly IpAddress[], entry: Exposure['entry']): Generator<Exposure> {
    for (const address of addresses) {
      const own = has(node.ownAddresses, address)
      for (const port of service.ports) yield { address, number: port.port, port, entry, own }
    }
  }
  function* all(): Generator<Exposure> {
    yield* at(cluster.addresses, 'cluster')
    yield* at(outer.balancer, 'balancer')
    yield* at(outer.external, 'external')
    yield* nodePorts(service, node)
  }
  const found = atMost(MOST_EXPOSURES, { exposures: once(all()), vips })
  return {
    exposures: found.exposures,
    vips: [...new Set(found.vips)].filter((address) => !has(node.ownAddresses, address)),
    notices: [
      ...found.notices,
      ...cluster.notices,
      ...balancer.notices,
      ...external.notices,
      ...foreign([...balancer.addresses, ...external.addresses], node),
    ],
  }
}

/** An object of a few kilobytes may ask for millions: five hundred ports at two thousand addresses. */
const MOST_EXPOSURES = 16_384

/** The first `most` exposures, with the VIPs that they leave; all, and all VIPs, when they are no more. */
export const atMost = (most: number, { exposures, vips }: { exposures: Iterable<Exposure>; vips: readonly IpAddress[] }): Exposures => {
  const kept: Exposure[] = []
  for (const exposure of exposures) {
    if (kept.length === most) {
      const served = new Set(kept.map(({ address }) => address))
      return { exposures: kept, vips: vips.filter((address) => served.has(address)), notices: [tooMany(kept)] }
    }
    kept.push(exposure)
  }
  return { exposures: kept, vips, notices: [] }
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
const clusterAddresses = ({ clusterIps }: Service, node: NodeView): { addresses: IpAddress[]; notices: ServiceNotice[] } => {
  const own = clusterIps.filter((address) => has(node.ownAddresses, address))
  const others = clusterIps.filter((address) => has(node.otherNodes, address))
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
const foreign = (addresses: readonly IpAddress[], node: NodeView): ServiceNotice[] => {
  const others = [...new Set(addresses)].filter((address) => has(node.otherNodes, address))
  return others.length === 0
    ? []
    : [remark('AddressOfNode', `external addresses ${listed(others)}: not served on this node, another node has the address`)]
}

/** On the node's addresses of the families that the Service has: it has no endpoints for the other family's clients. */
const nodePorts = ({ clusterIps, ports }: Service, node: NodeView): Exposure[] => {
  const families = new Set(clusterIps.map(familyOf))
  const addresses = node.nodePortAddresses.filter((address) => families.has(familyOf(address)))
  return ports
    .filter(({ nodePort }) => nodePort > 0)
    .flatMap((port) => addresses.map((address) => ({ address, number: port.nodePort, port, entry: 'node', own: true }) as const))
}

function* once(exposures: Iterable<Exposure>): Generator<Exposure> {
  const seen = new Set<string>()
  for (const exposure of exposures) {
    const text = exposureText(exposure)
    if (!seen.has(text)) yield exposure
    seen.add(text)
  }
}
