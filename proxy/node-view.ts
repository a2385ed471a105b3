/** This node as its Services see it: its Node object, the addresses of its links, and what is known of other nodes. Pure. */
import { isMarkServer } from '#kernel/ipvs/server-id.ts'
import type { Link, LinkAddress } from '#kernel/rtnetlink/types.ts'
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import { type Cidr, contains } from '#net/cidr.ts'
import { isLeftoverLink } from './predecessors/leftover-links.ts'
import { type NodeView, nodeViewOf } from './services/desired.ts'
import type { Item } from './services/item.ts'
import type { Node } from './services/types.ts'
import { isSpecial } from './special-addresses.ts'

/** Where NodePorts answer: at the Node object's addresses, at its first of each family, at all of the machine, or at those inside networks. */
export type NodePortAddresses = 'node' | 'primary' | 'all' | readonly Cidr[]

export interface NodeFacts {
  readonly node: Node
  readonly nodePorts: NodePortAddresses
  readonly links: readonly Pick<Link, 'index' | 'name'>[]
  readonly addresses: readonly Pick<LinkAddress, 'address' | 'link'>[]
  /** Addresses that other nodes have. */
  readonly otherNodes: readonly IpAddress[]
}

export const nodeViewWith = ({ node, nodePorts, links, addresses, otherNodes }: NodeFacts): NodeView => {
  const view = nodeViewOf(node)
  const leftovers = new Set(links.filter(({ name }) => isLeftoverLink(name)).map(({ index }) => index))
  // The link-local addresses come and go with every pod, and none of them is a place for a Service.
  const onLinks = addresses.filter(({ address, link }) => !leftovers.has(link) && !isSpecial(address)).map(({ address }) => address)
  const own = [...new Set([...node.addresses, ...onLinks.toSorted()])]
  return {
    ...view,
    primary: onALink(node, new Set(addresses.map(({ address }) => address))),
    nodePortAddresses: chosen(nodePorts, { view, own }),
    ownAddresses: own,
    otherNodes: otherNodes.filter((address) => !own.includes(address)),
  }
}

/** The kernel refuses any other as the source of a route: a Node's address may be a cloud's, which translates it, or be gone for a while. */
const onALink = ({ addresses }: Node, present: ReadonlySet<IpAddress>): NodeView['primary'] => {
  const first = (family: Family): IpAddress | undefined => addresses.find((address) => familyOf(address) === family && present.has(address))
  const [v4, v6] = [first(4), first(6)]
  return { ...(v4 === undefined ? {} : { 4: v4 }), ...(v6 === undefined ? {} : { 6: v6 }) }
}

const chosen = (
  nodePorts: NodePortAddresses,
  { view, own }: { readonly view: NodeView; readonly own: readonly IpAddress[] },
): readonly IpAddress[] => {
  if (nodePorts === 'node') return view.nodePortAddresses
  if (nodePorts === 'primary') return [view.primary[4], view.primary[6]].filter((address) => address !== undefined)
  return nodePorts === 'all' ? own : own.filter((address) => nodePorts.some((network) => contains(network, address)))
}

/** Whether an item belongs to a virtual server inside one of the networks (`--excluded-cidrs`). */
export const isExcluded = (item: Item, excluded: readonly Cidr[]): boolean => {
  const address = addressOf(item)
  return address !== undefined && excluded.some((network) => contains(network, address))
}

const addressOf = (item: Item): IpAddress | undefined => {
  if (item.kind === 'server' || item.kind === 'destination') return isMarkServer(item.server) ? undefined : item.server.address
  return item.kind === 'route' ? item.address : undefined
}
