/**
 * What the kernel holds of ours, as items. Ours is what carries our marks: elements of our table, routes with our protocol number, and
 * virtual servers whose address has such a route, whose address and port are in our sets, or whose mark our maps give. Everything else
 * belongs to others.
 */
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { familyOfServer, isMarkServer, serverId } from '#kernel/ipvs/server-id.ts'
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import type { NftElement } from '#kernel/nftables-netlink.ts'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import { type Item, type ItemMap, itemMap, type MapName, type RouteItem, type SetName, type TableItem } from '../services/item.ts'
import { tableItem } from './elements.ts'

export interface ObservedKernel {
  readonly sets: ReadonlyMap<SetName | MapName, readonly NftElement[]>
  /** VIPs that are not answered for by ARP. */
  readonly arpVips: readonly NftElement[]
  readonly routes: readonly Route[]
  readonly ipvs: readonly ObservedIpvsEntry[]
}

/** The items that are ours among what was read. Pure. */
export const observedItems = ({ sets, arpVips, routes, ipvs }: ObservedKernel): ItemMap => {
  const elements = withArp(
    [...sets].flatMap(([set, found]) => itemsOf(set, found)),
    itemsOf('address4', arpVips),
  )
  const vips = routes.flatMap(routeItem)
  const isOurs = ownership(elements, vips)
  return itemMap([...elements, ...vips, ...ipvs.filter(({ server }) => isOurs(server)).flatMap(serverItems)])
}

const itemsOf = (set: SetName | MapName, found: readonly NftElement[]): TableItem[] =>
  found.flatMap((element) => tableItem(set, element) ?? [])

/** An address belongs to both tables. */
const withArp = (elements: readonly TableItem[], arp: readonly TableItem[]): TableItem[] => {
  const silent = new Set(arp.map(({ element }) => element))
  const lonely = elements.map((item) => (item.set === 'address4' && !silent.delete(item.element) ? { ...item, incomplete: true } : item))
  return [...lonely, ...[...silent].map((element): TableItem => ({ kind: 'element', set: 'address4', element, incomplete: true }))]
}

const ownership = (elements: readonly TableItem[], vips: readonly RouteItem[]): ((server: VirtualServerId) => boolean) => {
  const exposed = new Set(elements.flatMap(({ set, element }) => (/^(vip|nodeport)/.test(set) ? [element] : [])))
  const marks = new Set(elements.flatMap((item) => (item.kind === 'mark' ? [`${item.set} ${item.mark}`] : [])))
  const local = new Set(vips.map(({ address }) => address))
  return (server) =>
    isMarkServer(server)
      ? marks.has(`outside${server.family} ${server.fwmark}`)
      : local.has(server.address) || exposed.has(`${server.address} . ${server.protocol} . ${server.port}`)
}

const routeItem = ({ destination, source }: Route): RouteItem[] =>
  destination === undefined || destination.prefixLength !== ADDRESS_BITS[familyOf(destination.address)]
    ? []
    : [{ kind: 'route', address: destination.address, source: source ?? '' }]

const serverItems = ({ server, destinations }: ObservedIpvsEntry): Item[] => {
  const { scheduler, schedulerFlags, persistenceSeconds, persistencePrefix } = server
  const id = serverId(server)
  const wrongPrefix = persistenceSeconds > 0 && persistencePrefix !== ADDRESS_BITS[familyOfServer(server)]
  return [
    {
      kind: 'server',
      server: { ...id, scheduler, schedulerFlags, persistenceSeconds },
      ...(wrongPrefix ? { wrongPersistencePrefix: persistencePrefix } : {}),
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
