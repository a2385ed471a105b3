/** Addresses of other machines that this node's own routing knows: an external address of a Service that is one of them must not be made local. Pure. */
import type { LinkAddress, Neighbor, Route } from '#kernel/rtnetlink/types.ts'
import type { IpAddress } from '#net/address.ts'
import { isSpecial } from '../special-addresses.ts'

export interface RoutingFacts {
  /** Of table main: whose gateways are other nodes (flannel's host-gw, a cloud's), their overlay addresses (vxlan), and routers. */
  readonly routes: readonly Route[]
  /** Of vxlan devices: where the other nodes' pods are. */
  readonly forwardings: readonly Neighbor[]
  readonly addresses: readonly LinkAddress[]
}

/** Sorted, each once, without this node's own. */
export const otherNodes = ({ routes, forwardings, addresses }: RoutingFacts): IpAddress[] => {
  const own = new Set(addresses.map(({ address }) => address))
  const gateways = routes.flatMap(({ gateway }) => gateway ?? [])
  const found = new Set([...gateways, ...forwardings.map(({ address }) => address)])
  return [...found].filter((address) => !own.has(address) && !isSpecial(address)).toSorted()
}
