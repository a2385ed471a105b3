/**
 * What the kernel acknowledged, and for whom: the only memory that changes are compared with. Filled by acknowledgements and by
 * reading the kernel, never by intentions. What failed may have been done all the same: it is kept as doubtful until the kernel says.
 */
import { type DestinationItem, type Item, type ItemKey, type ItemMap, itemKey, sameValue, serverKey } from './item.ts'
import { each, inOneGo, type Steps } from './steps.ts'
import type { ServiceKey } from './types.ts'

export interface LedgerEntry {
  readonly item: Item
  /** The Services that want it. None: it was found in the kernel and nobody has asked for it yet. */
  readonly owners: readonly ServiceKey[]
}

export interface Reconciled {
  readonly owners: ReadonlySet<ServiceKey>
  readonly drifted: number
  /** The first of them. */
  readonly examples: readonly ItemKey[]
}

export interface Ledger {
  entry(key: ItemKey): LedgerEntry | undefined
  /** Keys of what a Service owns. */
  ownedBy(owner: ServiceKey): ReadonlySet<ItemKey>
  /** The kernel acknowledged `item` for these owners, beside those it has. `key` is the item's, if the caller knows it. */
  put(item: Item, owners: readonly ServiceKey[], key?: ItemKey): void
  /** A change of `item` for these owners failed, and nobody knows whether it was made: it counts as theirs, and whoever wants it makes it anew. */
  doubt(item: Item, owners: readonly ServiceKey[], key?: ItemKey): void
  /** The kernel no longer has it. */
  drop(key: ItemKey): void
  release(key: ItemKey, owner: ServiceKey): void
  /** What was found in the kernel, is ours by its marks, and nobody wants. */
  orphans(): Item[]
  /** Those of a server's destinations among them that get new connections; `server` is its key. */
  strays(server: ItemKey): DestinationItem[]
  /** There were any when the kernel was read last. */
  readonly hasStrays: boolean
  /** The kernel is going to be read, which takes some turns. What is changed from now on is not compared with what was read. */
  beginReading(): void
  /**
   * Takes over what the kernel really holds, which ends all doubt about it. Returns the owners of what was missing or different, and how many
   * items that were, without the doubtful ones.
   */
  reconciling(observed: ItemMap): Steps<Reconciled>
  /** The same at once. */
  reconcile(observed: ItemMap): Reconciled
  /** Everything, in the order in which it was first known. */
  entries(): Iterable<LedgerEntry>
  readonly size: number
  isDoubtful(key: ItemKey): boolean
  readonly hasDoubts: boolean
}

const NOTHING: ReadonlySet<ItemKey> = new Set()
/** What people read of a drift. */
const EXAMPLES = 3

export const createLedger = (): Ledger => {
  const entries = new Map<ItemKey, LedgerEntry>()
  const byOwner = new Map<ServiceKey, Set<ItemKey>>()
  const doubts = new Set<ItemKey>()
  /** Since a reading began that is not over. */
  const changed = new Set<ItemKey>()
  let isReading = false
  /** As it was when the kernel was read last. */
  let straysByServer: ReadonlyMap<ItemKey, readonly DestinationItem[]> = new Map()

  const put = (item: Item, owners: readonly ServiceKey[], key = itemKey(item)): void => {
    if (isReading) changed.add(key)
    if (doubts.size > 0) doubts.delete(key)
    const before = entries.get(key)?.owners ?? []
    const added = before.length === 0 ? owners : owners.filter((owner) => !before.includes(owner))
    entries.set(key, { item, owners: before.length === 0 ? owners : [...before, ...added] })
    for (const owner of added) {
      const owned = byOwner.get(owner)
      if (owned === undefined) byOwner.set(owner, new Set([key]))
      else owned.add(key)
    }
  }
  const doubt = (item: Item, owners: readonly ServiceKey[], key = itemKey(item)): void => {
    put(entries.get(key)?.item ?? item, owners, key)
    doubts.add(key)
  }
  const forget = (key: ItemKey, owner: ServiceKey): void => {
    const owned = byOwner.get(owner)
    owned?.delete(key)
    if (owned?.size === 0) byOwner.delete(owner)
  }
  const drop = (key: ItemKey): void => {
    if (isReading) changed.add(key)
    for (const owner of entries.get(key)?.owners ?? []) forget(key, owner)
    entries.delete(key)
    doubts.delete(key)
  }
  const release = (key: ItemKey, owner: ServiceKey): void => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.set(key, { item: entry.item, owners: entry.owners.filter((other) => other !== owner) })
    forget(key, owner)
  }

  const beginReading = (): void => {
    changed.clear()
    isReading = true
  }
  function* reconciling(observed: ItemMap): Steps<Reconciled> {
    const owners = new Set<ServiceKey>()
    const examples: ItemKey[] = []
    let drifted = 0
    yield* each(entries, ([key, { item, owners: affected }]) => {
      const found = observed.get(key)
      if (changed.has(key) || (found !== undefined && sameValue(found, item))) return
      if (!doubts.has(key) && ++drifted <= EXAMPLES) examples.push(key)
      for (const owner of affected) owners.add(owner)
      if (found === undefined) drop(key)
      else entries.set(key, { item: found, owners: affected })
    })
    yield* each(observed, ([key, item]) => {
      if (!entries.has(key) && !changed.has(key)) entries.set(key, { item, owners: [] })
    })
    for (const key of doubts) if (!changed.has(key)) doubts.delete(key)
    changed.clear()
    isReading = false
    straysByServer = Map.groupBy([...entries.values()].flatMap(strayIn), ({ server }) => serverKey(server))
    return { owners, drifted, examples }
  }

  return {
    entry: (key) => entries.get(key),
    ownedBy: (owner) => byOwner.get(owner) ?? NOTHING,
    put,
    doubt,
    drop,
    release,
    orphans: () => [...entries.values()].filter(({ owners }) => owners.length === 0).map(({ item }) => item),
    strays: (server) => (straysByServer.get(server) ?? []).filter((item) => entries.get(itemKey(item))?.owners.length === 0),
    get hasStrays() {
      return straysByServer.size > 0
    },
    beginReading,
    reconciling,
    reconcile: (observed) => inOneGo(reconciling(observed)),
    entries: () => entries.values(),
    get size() {
      return entries.size
    },
    isDoubtful: (key) => doubts.has(key),
    get hasDoubts() {
      return doubts.size > 0
    },
  }
}

/** One of weight 0 drains. */
const strayIn = ({ item, owners }: LedgerEntry): DestinationItem[] =>
  owners.length === 0 && item.kind === 'destination' && item.destination.weight > 0 ? [item] : []
