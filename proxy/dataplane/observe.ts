/**
 * What the kernel holds of ours, as items. Ours is what carries our marks: elements of our table, routes with our protocol number, and
 * virtual servers whose address has such a route or whose address and port are in our sets. Everything else belongs to others.
 */
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import type { NftElement } from '#kernel/nftables-netlink.ts'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import { type Item, type ItemMap, itemMap, type RouteItem, type SetName } from '../services/item.ts'
import { elementItem } from './elements.ts'

export interface ObservedKernel {
  readonly sets: ReadonlyMap<SetName, readonly NftElement[]>
  readonly routes: readonly Route[]
  readonly ipvs: readonly ObservedIpvsEntry[]
}

/** The items that are ours among what was read. Pure. */
export const observedItems = ({ sets, routes, ipvs }: ObservedKernel): ItemMap => {
  const elements = [...sets].flatMap(([set, found]) => found.flatMap((element) => elementItem(set, element) ?? []))
  const vips = routes.flatMap(routeItem)
  const exposed = new Set(elements.flatMap(({ set, element }) => (set.startsWith('hairpin') ? [] : [element])))
  const local = new Set(vips.map(({ address }) => address))
  const ours = ipvs.filter(
    ({ server }) => local.has(server.address) || exposed.has(`${server.address} . ${server.protocol} . ${server.port}`),
  )
  return itemMap([...elements, ...vips, ...ours.flatMap(serverItems)])
}

const routeItem = ({ destination, source }: Route): RouteItem[] =>
  destination === undefined || destination.prefixLength !== ADDRESS_BITS[familyOf(destination.address)]
    ? []
    : [{ kind: 'route', address: destination.address, source: source ?? '' }]

const serverItems = ({ server, destinations }: ObservedIpvsEntry): Item[] => {
  const { protocol, address, port, scheduler, schedulerFlags, persistenceSeconds, persistencePrefix } = server
  const id = { protocol, address, port }
  const wrongPrefix = persistenceSeconds > 0 && persistencePrefix !== ADDRESS_BITS[familyOf(address)]
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
