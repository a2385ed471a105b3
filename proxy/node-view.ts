/** This node as its Services see it: its Node object, and with --nodeport-bindon-all-ip the addresses of its links. Pure. */
import { isMarkServer } from '#kernel/ipvs/server-id.ts'
import type { LinkAddress } from '#kernel/rtnetlink/types.ts'
import type { IpAddress } from '#net/address.ts'
import { type Cidr, contains } from '#net/cidr.ts'
import { type NodeView, nodeViewOf } from './services/desired.ts'
import type { Item } from './services/item.ts'
import type { Node } from './services/types.ts'

/** RFC 4291 and RFC 1122: loopback and link-local addresses are no place for a Service. */
const UNFIT: readonly Cidr[] = [
  { address: '127.0.0.0', prefixLength: 8 },
  { address: '169.254.0.0', prefixLength: 16 },
  { address: '::1', prefixLength: 128 },
  { address: 'fe80::', prefixLength: 10 },
]

/** NodePorts on every address of the node's links, beside those of its Node object. */
export const viewWithAllAddresses = (node: Node, addresses: readonly LinkAddress[]): NodeView => {
  const view = nodeViewOf(node)
  const fit = addresses.map(({ address }) => address).filter((address) => !UNFIT.some((network) => contains(network, address)))
  return { ...view, nodePortAddresses: [...new Set([...view.nodePortAddresses, ...fit.toSorted()])] }
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
