/** Which gateways a lease needs: the container's addresses and routes completed, and the addresses the bridge must hold. */
import { addressNumber, addressOfNumber, type Family, familyOf, type IpAddress } from '#net/address.ts'
import { type Cidr, networkOf } from '#net/cidr.ts'
import type { Result, ResultIp, ResultRoute } from '../protocol/result.ts'
import type { BridgeConfig } from './config.ts'

/** Position of the container's interface in the result: after the bridge and the port. */
export const CONTAINER_INTERFACE = 2

export interface Addressing {
  readonly ips: readonly ResultIp[]
  /** What IPAM asked for, in its order. */
  readonly routes: readonly ResultRoute[]
  /** Default routes that isDefaultGateway adds, in the order of the addresses. */
  readonly defaultRoutes: readonly ResultRoute[]
  /** Addresses that the bridge must hold, IPv4 first; empty unless it is a gateway. */
  readonly bridgeAddresses: readonly Cidr[]
}

type Lease = Pick<Result, 'ips' | 'routes'>

/**
 * Completes a lease as isGateway and isDefaultGateway ask.
 * One thing is better than in the reference: a default route of IPAM without a gateway beside isDefaultGateway is completed; the
 * reference adds a second one that comes to the same, and fails with EEXIST.
 * @see reference/cni-plugins.md 2.3
 */
export const addressingOf = (
  lease: Lease,
  { isGateway, isDefaultGateway }: Pick<BridgeConfig, 'isGateway' | 'isDefaultGateway'>,
): Addressing => {
  const ips = lease.ips.map((ip) => withGateway(ip, isGateway))
  const gateways = isDefaultGateway ? firstGateways(ips) : new Map<Family, IpAddress>()
  const routes = lease.routes.map((route) => completed(route, gateways, lease.routes))
  const missing = Array.from(gateways).filter(([family]) => !routes.some((route) => isDefaultVia(route, family)))
  return {
    ips,
    routes,
    defaultRoutes: missing.map(([family, gw]) => ({ dst: DEFAULT_NETWORK[family], gw })),
    bridgeAddresses: isGateway ? [...gatewayCidrs(ips, 4), ...gatewayCidrs(ips, 6)] : [],
  }
}

const DEFAULT_NETWORK: Readonly<Record<Family, Cidr>> = {
  4: { address: '0.0.0.0', prefixLength: 0 },
  6: { address: '::', prefixLength: 0 },
}

const withGateway = ({ address, gateway }: ResultIp, isGateway: boolean): ResultIp => {
  const known = gateway ?? (isGateway ? firstHost(address) : undefined)
  return { interface: CONTAINER_INTERFACE, address, ...(known !== undefined && { gateway: known }) }
}

/** The address after the network's own. */
const firstHost = (cidr: Cidr): IpAddress => {
  const network = networkOf(cidr).address
  return addressOfNumber(addressNumber(network) + 1n, familyOf(network))
}

const firstGateways = (ips: readonly ResultIp[]): Map<Family, IpAddress> => {
  const gateways = new Map<Family, IpAddress>()
  for (const { address, gateway } of ips) {
    const family = familyOf(address.address)
    if (gateway !== undefined && !gateways.has(family)) gateways.set(family, gateway)
  }
  return gateways
}

/** Gives a default route without a gateway its family's, unless another has one already, or it differs in more than that. */
const completed = (route: ResultRoute, gateways: ReadonlyMap<Family, IpAddress>, all: readonly ResultRoute[]): ResultRoute => {
  const family = familyOf(route.dst.address)
  const gw = gateways.get(family)
  const isPlainDefault = isDefault(route, family) && (route.priority ?? route.table ?? route.scope) === undefined
  if (gw === undefined || route.gw !== undefined || !isPlainDefault) return route
  return all.some((other) => isDefaultVia(other, family)) ? route : { ...route, gw }
}

const isDefault = ({ dst }: ResultRoute, family: Family): boolean =>
  dst.prefixLength === 0 && dst.address === DEFAULT_NETWORK[family].address

const isDefaultVia = (route: ResultRoute, family: Family): boolean => isDefault(route, family) && route.gw !== undefined

const gatewayCidrs = (ips: readonly ResultIp[], family: Family): Cidr[] =>
  ips.flatMap(({ address: { address, prefixLength }, gateway }) =>
    gateway === undefined || familyOf(address) !== family ? [] : [{ address: gateway, prefixLength }],
  )
