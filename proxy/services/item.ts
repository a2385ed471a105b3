/**
 * What the proxy keeps in the kernel, as data: nftables set and map elements, IPVS virtual servers and destinations, VIP routes. One
 * kernel object is one item; its key says which object it is, its value what may change about it.
 */
import { endpointText, serverText } from '#kernel/ipvs/server-id.ts'
import type { Destination, VirtualServer, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { Family, IpAddress } from '#net/address.ts'

/**
 * The sets of our nftables table whose elements come from Services; all but `marks` once for IPv4 and once for IPv6:
 * - `vip`, `nodeport` (address . protocol . port): ports that IPVS answers, at VIPs and at the node's own addresses
 * - `address` (address): VIPs; their other ports are refused
 * - `drop` (address . protocol . port): dropped for everybody
 * - `outsidedrop` (address . protocol . port): dropped for clients outside
 * - `restricted` (address . protocol . port): only for the sources that `allowed` has
 * - `allowed` (address . protocol . port . network): networks of one key must not overlap, the kernel refuses them
 * - `hairpin` (address . address): endpoints of this node that may reach themselves
 * - `marks` (mark): no rule asks for it; virtual servers by these marks are ours, also while no map gives the mark
 */
export type SetName = 'marks' | `${'vip' | 'address' | 'nodeport' | 'drop' | 'outsidedrop' | 'restricted' | 'allowed' | 'hairpin'}${Family}`

/** An element of a set, as nft writes it: `10.96.0.1 . tcp . 80`, `192.0.2.7 . tcp . 80 . 198.51.100.0/24`. */
export interface ElementItem {
  readonly kind: 'element'
  readonly set: SetName
  readonly element: string
  /** Only on what was read from the kernel: missing in one of the two tables that it belongs to. */
  readonly incomplete?: boolean
}

/** The maps of our table: address . protocol . port -> the mark that clients outside get, and with it a virtual server of their own. */
export type MapName = `outside${Family}`

/** An element of a map. */
export interface MarkItem {
  readonly kind: 'mark'
  readonly set: MapName
  readonly element: string
  readonly mark: number
}

export interface ServerItem {
  readonly kind: 'server'
  readonly server: VirtualServer
  /** Only on what was read from the kernel: persistence by another prefix than one client's (kube-router 2 leaves such servers). */
  readonly wrongPersistencePrefix?: number
  /** Only on what was read from the kernel: it lacks the mark of ours (dataplane/server-mark.ts), being another proxy's or an older version's. */
  readonly unmarked?: true
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

/** A mark as an element of the set `marks`. */
export const markText = (mark: number): string => `0x${mark.toString(16)}`

/** What stands in our nftables table. */
export type TableItem = ElementItem | MarkItem

export type Item = TableItem | ServerItem | DestinationItem | RouteItem

/** `kind` and identity in one string; equal keys are the same kernel object. */
export type ItemKey = string

/** Items by key. */
export type ItemMap = ReadonlyMap<ItemKey, Item>

export const elementKey = (set: SetName | MapName, element: string): ItemKey => `element ${set} ${element}`

export const serverKey = (server: VirtualServerId): ItemKey => `server ${serverText(server)}`

/** @param server its serverText: that of a server with many destinations is made once */
export const destinationKey = (server: string, place: { readonly address: IpAddress; readonly port: number }): ItemKey =>
  `destination ${server} ${endpointText(place)}`

export const itemKey = (item: Item): ItemKey => {
  switch (item.kind) {
    case 'element':
      return elementKey(item.set, item.element)
    case 'mark':
      return `mark ${item.set} ${item.element}`
    case 'server':
      return serverKey(item.server)
    case 'destination':
      return destinationKey(serverText(item.server), item.destination)
    case 'route':
      return `route ${item.address}`
  }
}

/** Whether two items of one key ask the same of the kernel. An audit asks this of every item: no texts are made. */
export const sameValue = (one: Item, other: Item): boolean => {
  if (one.kind === 'element') return other.kind === 'element' && (one.incomplete === true) === (other.incomplete === true)
  if (one.kind === 'mark') return other.kind === 'mark' && one.mark === other.mark
  if (one.kind === 'route') return other.kind === 'route' && one.source === other.source
  if (one.kind === 'server') return other.kind === 'server' && sameServer(one, other)
  return other.kind === 'destination' && sameDestination(one, other)
}

const sameServer = (one: ServerItem, other: ServerItem): boolean =>
  one.server.scheduler === other.server.scheduler &&
  one.server.schedulerFlags === other.server.schedulerFlags &&
  one.server.persistenceSeconds === other.server.persistenceSeconds &&
  one.wrongPersistencePrefix === other.wrongPersistencePrefix &&
  one.unmarked === other.unmarked

const sameDestination = (one: DestinationItem, other: DestinationItem): boolean =>
  one.destination.weight === other.destination.weight && (one.wrongForwarding === true) === (other.wrongForwarding === true)

/** Kernel objects that several Services may need at once: they go when the last one lets go. All others have one owner. */
export const isShared = (item: Item): boolean => {
  if (item.kind === 'route') return true
  return item.kind === 'element' && (item.set.startsWith('address') || item.set.startsWith('hairpin'))
}

/** Items by key, as they are collected: a later item of the same key is the same object and is dropped. */
export interface ItemCollection {
  readonly items: ItemMap
  /** `key` is the item's, if the caller knows it. */
  add(item: Item, key?: ItemKey): void
}

export const collectItems = (): ItemCollection => {
  const items = new Map<ItemKey, Item>()
  return {
    items,
    add: (item, key = itemKey(item)) => {
      if (!items.has(key)) items.set(key, item)
    },
  }
}

export const itemMap = (items: readonly Item[]): ItemMap => {
  const collection = collectItems()
  for (const item of items) collection.add(item)
  return collection.items
}
