/**
 * What the proxy keeps in the kernel, as data: nftables set elements, IPVS virtual servers and destinations, VIP routes. One kernel
 * object is one item; its key says which object it is, its value what may change about it.
 */
import type { Destination, VirtualServer, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { IpAddress } from '#net/address.ts'

/** The sets of our nftables table whose elements come from Services. */
export type SetName = 'vip4' | 'vip6' | 'address4' | 'address6' | 'nodeport4' | 'nodeport6' | 'hairpin4' | 'hairpin6'

/** An element of a set, as nft writes it: `10.96.0.1 . tcp . 80`. */
export interface ElementItem {
  readonly kind: 'element'
  readonly set: SetName
  readonly element: string
}

export interface ServerItem {
  readonly kind: 'server'
  readonly server: VirtualServer
  /** Only on what was read from the kernel: persistence by another prefix than one client's (kube-router 2 leaves such servers). */
  readonly wrongPersistencePrefix?: number
}

export interface DestinationItem {
  readonly kind: 'destination'
  readonly server: VirtualServerId
  readonly destination: Destination
  /** Only on what was read from the kernel: forwarded by another method than masquerading. */
  readonly wrongForwarding?: boolean
}

/** A route of type local that makes the VIP this node's own; `source` is what the node's own connections to it come from. */
export interface RouteItem {
  readonly kind: 'route'
  readonly address: IpAddress
  /** Empty when the node has no address of the VIP's family. */
  readonly source: IpAddress
}

export type Item = ElementItem | ServerItem | DestinationItem | RouteItem

/** `kind` and identity in one string; equal keys are the same kernel object. */
export type ItemKey = string

/** Items by key. */
export type ItemMap = ReadonlyMap<ItemKey, Item>

export const endpointText = ({ address, port }: { readonly address: IpAddress; readonly port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** `tcp 10.96.0.1:80` */
export const serverText = (server: VirtualServerId): string => `${server.protocol} ${endpointText(server)}`

export const serverKey = (server: VirtualServerId): ItemKey => `server ${serverText(server)}`

export const itemKey = (item: Item): ItemKey => {
  switch (item.kind) {
    case 'element':
      return `element ${item.set} ${item.element}`
    case 'server':
      return serverKey(item.server)
    case 'destination':
      return `destination ${serverText(item.server)} ${endpointText(item.destination)}`
    case 'route':
      return `route ${item.address}`
  }
}

/** Whether two items of one key ask the same of the kernel. */
export const sameValue = (one: Item, other: Item): boolean => changeable(one) === changeable(other)

const changeable = (item: Item): string => {
  switch (item.kind) {
    case 'element':
      return ''
    case 'server':
      return `${item.server.scheduler} ${item.server.schedulerFlags} ${item.server.persistenceSeconds} ${item.wrongPersistencePrefix ?? ''}`
    case 'destination':
      return `${item.destination.weight} ${item.wrongForwarding === true}`
    case 'route':
      return item.source
  }
}

/** Kernel objects that several Services may need at once: they go when the last one lets go. All others have one owner. */
export const isShared = (item: Item): boolean => item.kind === 'element' && item.set.startsWith('hairpin')

/** Items by key; a later item of the same key is the same object and is dropped. */
export const itemMap = (items: readonly Item[]): ItemMap => {
  const map = new Map<ItemKey, Item>()
  for (const item of items) {
    const key = itemKey(item)
    if (!map.has(key)) map.set(key, item)
  }
  return map
}
