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
  const at = (addresses: readonly IpAddress[], entry: Exposure['entry']): Exposure[] =>
    addresses.flatMap((address) => {
      const own = has(node.ownAddresses, address)
      return service.ports.map((port) => ({ address, number: port.port, port, entry, own }))
    })
  return {
    exposures: once([
      ...at(cluster.addresses, 'cluster'),
      ...at(outer.balancer, 'balancer'),
      ...at(outer.external, 'external'),
      ...nodePorts(service, node),
    ]),
    vips: [...new Set(vips)].filter((address) => !has(node.ownAddresses, address)),
    notices: [
      ...cluster.notices,
      ...balancer.notices,
      ...external.notices,
      ...foreign([...balancer.addresses, ...external.addresses], node),
    ],
  }
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

const once = (exposures: readonly Exposure[]): Exposure[] => {
  const byText = new Map<string, Exposure>()
  for (const exposure of exposures) {
    const text = exposureText(exposure)
    if (!byText.has(text)) byText.set(text, exposure)
  }
  return [...byText.values()]
}
