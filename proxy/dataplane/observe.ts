/**
 * What the kernel holds of ours, as items. Ours is what carries our marks: elements of our table, routes with our protocol number, and
 * virtual servers that are marked (server-mark.ts), whose address has such a route, whose address and port are in our sets, or whose mark is in
 * our set of marks or maps. Everything else belongs to others, but for what a proxy that ran here before us has left.
 */
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { familyOfServer, isMarkServer, serverId, serverText } from '#kernel/ipvs/server-id.ts'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import type { NftElement } from '#kernel/nftables-netlink.ts'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import {
  elementKey,
  type Item,
  type ItemKey,
  type ItemMap,
  itemKey,
  type MapName,
  markText,
  type RouteItem,
  type SetName,
  type TableItem,
} from '../services/item.ts'
import { each, inOneGo, type Steps } from '../services/steps.ts'
import { tableItem } from './elements.ts'
import { flagsOfScheduler, isMarkable, isMarked } from './server-mark.ts'

export interface ObservedKernel {
  readonly sets: ReadonlyMap<SetName | MapName, readonly NftElement[]>
  /** VIPs that are not answered for by ARP. */
  readonly arpVips: readonly NftElement[]
  readonly routes: readonly Route[]
  readonly ipvs: readonly ObservedIpvsEntry[]
  /** Whether a virtual server is a leftover of a proxy whose place we took, and so ours now. */
  readonly isInherited?: (server: VirtualServerId) => boolean
}

/** The items that are ours among what was read. Pure. */
export const observedItems = (kernel: ObservedKernel): ItemMap => inOneGo(observingItems(kernel))

/** The same in steps. Put one by one into the map: an audit of 10,000 Services has 60,000. */
export function* observingItems({ sets, arpVips, routes, ipvs, isInherited = () => false }: ObservedKernel): Steps<ItemMap> {
  const items = new Map<ItemKey, Item>()
  const ownership = createOwnership(items)
  const put = (item: Item): void => {
    const key = itemKey(item)
    if (items.has(key)) return
    items.set(key, item)
    ownership.note(item)
  }
  yield* each(withArp(tableItems(sets), tableItems([['address4', arpVips]])), put)
  yield* each(routes, (route) => routeItem(route).forEach(put))
  yield* each(ipvs, (entry) => {
    const { server } = entry
    if (isMarked(server) || ownership.isOurs(server) || isInherited(server)) serverItems(entry).forEach(put)
  })
  return items
}

function* tableItems(sets: Iterable<readonly [SetName | MapName, readonly NftElement[]]>): Generator<TableItem> {
  for (const [set, found] of sets) {
    for (const element of found) {
      const item = tableItem(set, element)
      if (item !== undefined) yield item
    }
  }
}

/** An address belongs to both tables. */
function* withArp(elements: Iterable<TableItem>, arp: Iterable<TableItem>): Generator<TableItem> {
  const silent = new Set<string>()
  for (const { element } of arp) silent.add(element)
  for (const item of elements) yield item.set === 'address4' && !silent.delete(item.element) ? { ...item, incomplete: true } : item
  for (const element of silent) yield { kind: 'element', set: 'address4', element, incomplete: true }
}

interface Ownership {
  /** What says of virtual servers by mark that they are ours: a mark in our set or maps. */
  note(item: Item): void
  /** Something of ours says so: a route, a port in our sets, a mark. */
  isOurs(server: VirtualServerId): boolean
}

/** @param items what was noted so far; asked for the few servers that are not marked, instead of noting ten thousand addresses for them */
const createOwnership = (items: ItemMap): Ownership => {
  const marked = new Set<string>()
  return {
    note: (item) => {
      if (item.kind === 'mark') marked.add(`fwmark ${markText(item.mark)} ipv${item.set.slice(-1)}`)
      else if (item.kind === 'element' && item.set === 'marks')
        for (const family of [4, 6]) marked.add(`fwmark ${item.element} ipv${family}`)
    },
    isOurs: (server) => {
      if (isMarkServer(server)) return marked.has(serverText(server))
      const { address, protocol, port } = server
      const exposed = `${address} . ${protocol} . ${port}`
      const family = familyOf(address)
      return (
        items.has(itemKey({ kind: 'route', address, source: '' })) ||
        items.has(elementKey(`vip${family}`, exposed)) ||
        items.has(elementKey(`nodeport${family}`, exposed))
      )
    },
  }
}

const routeItem = ({ destination, source }: Route): RouteItem[] =>
  destination === undefined || destination.prefixLength !== ADDRESS_BITS[familyOf(destination.address)]
    ? []
    : [{ kind: 'route', address: destination.address, source: source ?? '' }]

const serverItems = ({ server, destinations }: ObservedIpvsEntry): Item[] => {
  const { scheduler, persistenceSeconds, persistencePrefix } = server
  const id = serverId(server)
  const wrongPrefix = persistenceSeconds > 0 && persistencePrefix !== ADDRESS_BITS[familyOfServer(server)]
  return [
    {
      kind: 'server',
      server: { ...id, scheduler, schedulerFlags: flagsOfScheduler(server), persistenceSeconds },
      ...(wrongPrefix ? { wrongPersistencePrefix: persistencePrefix } : {}),
      ...(isMarkable(server) && !isMarked(server) ? { unmarked: true } : {}),
    },
    ...destinations.map(
      ({ address, port, weight, masquerading }): Item => ({
        kind: 'destination',
        server: id,
        destination: { address, port, weight },
        ...(masquerading ? {} : { wrongForwarding: true }),
      }),
    ),
  ]
}
