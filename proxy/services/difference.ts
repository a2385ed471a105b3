/**
 * Desired minus acknowledged = operations. Only the Services that are passed in are looked at: the cost follows the change. A kernel
 * object that another Service holds is never touched: the later one is told, and gets its turn when the first lets go.
 */
import type { VirtualServerId } from '#kernel/ipvs/types.ts'
import { type Item, type ItemKey, type ItemMap, isShared, itemKey, sameValue, serverKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

export interface Operation {
  readonly verb: 'add' | 'set' | 'remove'
  readonly item: Item
  /** For whom; none when an unwanted leftover is removed. */
  readonly owners: readonly ServiceKey[]
  /** The item's, where it is known: tens of thousands are not made twice. */
  readonly key?: ItemKey
}

/** A kernel object that `service` wants and another Service holds. */
export interface Contest {
  readonly key: ItemKey
  readonly service: ServiceKey
  readonly holder: ServiceKey
}

export interface Plan {
  readonly operations: readonly Operation[]
  /** Objects that are in the kernel already, as wanted, and get one more owner. */
  readonly claims: readonly { readonly key: ItemKey; readonly item: Item; readonly owner: ServiceKey }[]
  /** Objects that stay in the kernel because others want them. */
  readonly releases: readonly { readonly key: ItemKey; readonly owner: ServiceKey }[]
  readonly contests: readonly Contest[]
}

interface Change extends Operation {
  readonly verb: 'add' | 'set'
  readonly key: ItemKey
  readonly owners: ServiceKey[]
}

/** Compares what these Services want now with what the kernel acknowledged. Changes nothing. */
export const difference = (wanted: ReadonlyMap<ServiceKey, ItemMap>, ledger: Ledger): Plan => {
  const pending: Pending = { wanted, ledger, changes: new Map(), claims: [], contests: [] }
  for (const [service, items] of wanted) wantAll(service, items, pending)
  const { changes, claims, contests } = pending
  const claimed = new Set(claims.map(({ key }) => key))
  const { removals, releases } = letGo(wanted, ledger, (key) => changes.has(key) || claimed.has(key))
  return { operations: [...changes.values(), ...removals], claims, releases, contests }
}

interface Pending {
  readonly wanted: ReadonlyMap<ServiceKey, ItemMap>
  readonly ledger: Ledger
  readonly changes: Map<ItemKey, Change>
  readonly claims: Plan['claims'][number][]
  readonly contests: Contest[]
}

/** A destination is held by whoever holds its virtual server; those of one server stand together. */
const wantAll = (service: ServiceKey, items: ItemMap, pending: Pending): void => {
  let server: VirtualServerId | undefined
  let serverHolder: ServiceKey | undefined
  for (const [key, item] of items) {
    if (item.kind === 'destination' && item.server !== server) {
      server = item.server
      serverHolder = holderOf(serverKey(server), service, pending)
    }
    const holder = item.kind === 'destination' ? serverHolder : isShared(item) ? undefined : holderOf(key, service, pending)
    if (holder !== undefined) pending.contests.push({ key, service, holder })
    else want(service, { key, item }, pending)
  }
}

/**
 * Who holds an object that only one may hold, if not `service`. A holder that is looked at too and wants it no more gives it away in this
 * very plan.
 */
const holderOf = (key: ItemKey, service: ServiceKey, { wanted, ledger, changes }: Pending): ServiceKey | undefined => {
  const [entry, change] = [ledger.entry(key), changes.get(key)]
  if (entry === undefined && change === undefined) return undefined
  const holds = (owner: ServiceKey): boolean => owner !== service && wanted.get(owner)?.has(key) !== false
  return entry?.owners.find(holds) ?? change?.owners.find(holds)
}

const want = (service: ServiceKey, { key, item }: { key: ItemKey; item: Item }, { ledger, changes, claims }: Pending): void => {
  const entry = ledger.entry(key)
  const planned = changes.get(key)
  if (planned !== undefined) planned.owners.push(service)
  else if (entry === undefined) changes.set(key, { verb: 'add', key, item, owners: [service] })
  else if (ledger.isDoubtful(key)) changes.set(key, { verb: item.kind === 'mark' ? 'set' : 'add', key, item, owners: [service] })
  else if (!sameValue(entry.item, item)) changes.set(key, { verb: 'set', key, item, owners: [service] })
  else if (!entry.owners.includes(service)) claims.push({ key, item, owner: service })
}

const letGo = (
  wanted: ReadonlyMap<ServiceKey, ItemMap>,
  ledger: Ledger,
  isTaken: (key: ItemKey) => boolean,
): { removals: Operation[]; releases: { key: ItemKey; owner: ServiceKey }[] } => {
  const leaving = new Map<ItemKey, ServiceKey[]>()
  for (const [service, items] of wanted) {
    for (const key of ledger.ownedBy(service)) if (!items.has(key)) leaving.set(key, [...(leaving.get(key) ?? []), service])
  }
  const removals: Operation[] = []
  const releases: { key: ItemKey; owner: ServiceKey }[] = []
  for (const [key, owners] of leaving) {
    const entry = ledger.entry(key)
    if (entry === undefined) continue
    const stays = isTaken(key) || entry.owners.some((owner) => !owners.includes(owner))
    if (stays) releases.push(...owners.map((owner) => ({ key, owner })))
    else removals.push({ verb: 'remove', key, item: entry.item, owners })
  }
  return { removals, releases }
}

/** Removing what was found in the kernel, is ours by its marks, and no Service wants. */
export const orphanRemovals = (ledger: Ledger): Operation[] => ledger.orphans().map((item) => ({ verb: 'remove', item, owners: [] }))

/**
 * Removing what was found among the destinations of servers that these Services hold, and they do not want: endpoints that ended, or were
 * another Service's, while nobody looked.
 */
export const strayRemovals = (wanted: ReadonlyMap<ServiceKey, ItemMap>, { contests }: Plan, ledger: Ledger): Operation[] => {
  if (!ledger.hasStrays) return []
  const lost = new Set(contests.map(({ key, service }) => `${service} ${key}`))
  return [...wanted].flatMap(([service, items]) =>
    [...items].flatMap(([server, { kind }]) => {
      if (kind !== 'server' || lost.has(`${service} ${server}`)) return []
      const strays = ledger.strays(server).filter((item) => !items.has(itemKey(item)))
      return strays.map((item): Operation => ({ verb: 'remove', item, owners: [service] }))
    }),
  )
}
