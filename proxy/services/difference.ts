/**
 * Desired minus acknowledged = operations. Only the Services that are passed in are looked at: the cost follows the change. A kernel
 * object that another Service holds is never touched: the later one is told, and gets its turn when the first lets go.
 */
import { type Item, type ItemKey, type ItemMap, isShared, itemKey, sameValue, serverKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

export interface Operation {
  readonly verb: 'add' | 'set' | 'remove'
  readonly item: Item
  /** For whom; none when an unwanted leftover is removed. */
  readonly owners: readonly ServiceKey[]
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
  readonly claims: readonly { readonly item: Item; readonly owner: ServiceKey }[]
  /** Objects that stay in the kernel because others want them. */
  readonly releases: readonly { readonly key: ItemKey; readonly owner: ServiceKey }[]
  readonly contests: readonly Contest[]
}

/** Compares what these Services want now with what the kernel acknowledged. Changes nothing. */
export const difference = (wanted: ReadonlyMap<ServiceKey, ItemMap>, ledger: Ledger): Plan => {
  const changes = new Map<ItemKey, { verb: 'add' | 'set'; item: Item; owners: ServiceKey[] }>()
  const claims: { item: Item; owner: ServiceKey }[] = []
  const contests: Contest[] = []
  for (const [service, items] of wanted) {
    for (const [key, item] of items) {
      const holder = holderOf(key, item, { service, wanted, ledger, changes })
      if (holder !== undefined) contests.push({ key, service, holder })
      else want({ key, item, service, ledger, changes, claims })
    }
  }
  const taken = new Set([...changes.keys(), ...claims.map(({ item }) => itemKey(item))])
  const { removals, releases } = letGo(wanted, ledger, taken)
  return { operations: [...changes.values(), ...removals], claims, releases, contests }
}

interface Pending {
  readonly ledger: Ledger
  readonly changes: Map<ItemKey, { verb: 'add' | 'set'; item: Item; owners: ServiceKey[] }>
}

/**
 * Who holds an object that only one may hold, if not `service`. A destination is held by whoever holds its virtual server. A holder that
 * is looked at too and wants it no more gives it away in this very plan.
 */
const holderOf = (
  key: ItemKey,
  item: Item,
  { service, wanted, ledger, changes }: Pending & { service: ServiceKey; wanted: ReadonlyMap<ServiceKey, ItemMap> },
): ServiceKey | undefined => {
  if (isShared(item)) return undefined
  const exclusive = item.kind === 'destination' ? serverKey(item.server) : key
  const owners = ledger.entry(exclusive)?.owners ?? []
  const planned = changes.get(exclusive)?.owners ?? []
  return [...owners, ...planned].find((owner) => owner !== service && wanted.get(owner)?.has(exclusive) !== false)
}

const want = (asked: Pending & { key: ItemKey; item: Item; service: ServiceKey; claims: { item: Item; owner: ServiceKey }[] }): void => {
  const { key, item, service, ledger, changes, claims } = asked
  const entry = ledger.entry(key)
  const planned = changes.get(key)
  if (planned !== undefined) planned.owners.push(service)
  else if (entry === undefined) changes.set(key, { verb: 'add', item, owners: [service] })
  else if (!sameValue(entry.item, item)) changes.set(key, { verb: 'set', item, owners: [service] })
  else if (!entry.owners.includes(service)) claims.push({ item, owner: service })
}

const letGo = (
  wanted: ReadonlyMap<ServiceKey, ItemMap>,
  ledger: Ledger,
  taken: ReadonlySet<ItemKey>,
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
    const stays = taken.has(key) || entry.owners.some((owner) => !owners.includes(owner))
    if (stays) releases.push(...owners.map((owner) => ({ key, owner })))
    else removals.push({ verb: 'remove', item: entry.item, owners })
  }
  return { removals, releases }
}

/** Removing what was found in the kernel, is ours by its marks, and no Service wants. */
export const orphanRemovals = (ledger: Ledger): Operation[] => ledger.orphans().map((item) => ({ verb: 'remove', item, owners: [] }))
