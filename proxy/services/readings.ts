/** What audits read of the kernel, in steps, after the node was looked at and what carries the Services was made as it must be. */
import type { ControllerParts } from './contract.ts'
import type { NodeView } from './desired.ts'
import type { Item, ItemMap } from './item.ts'
import { itemKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { Rounds } from './rounds.ts'
import type { Steps } from './steps.ts'
import type { TableSight } from './table-watch.ts'

export interface Readings {
  /** Everything that is ours. @throws at any step */
  all(): Steps<ItemMap>
  /** What our table holds; the rest is taken to be as the ledger has it. @throws at any step */
  table(sight: TableSight): Steps<ItemMap>
  /** The same of VIP routes. @throws at any step */
  routes(sight: TableSight): Steps<ItemMap>
  /** The node is known, and nothing is half-made: Services can be programmed. */
  readonly settled: boolean
}

export interface ReadingsParts extends Pick<ControllerParts, 'cluster' | 'plane' | 'viewOf'> {
  readonly ledger: Ledger
  readonly rounds: Rounds
  /** `settled` may have become true. */
  readonly onSettled: () => void
}

export const createReadings = ({ cluster, plane, viewOf, ledger, rounds, onSettled }: ReadingsParts): Readings => {
  let view: NodeView | undefined
  let looking = false
  let preparing = false

  function* refreshView(): Steps<void> {
    const now = cluster.node === undefined ? view : viewOf(cluster.node)
    if (now === undefined || JSON.stringify(now) === JSON.stringify(view)) return
    view = now
    looking = true
    try {
      yield* rounds.look(now)
    } finally {
      looking = false
    }
    cluster.markAllDirty()
  }

  /** While the table is made nothing can be put into it. */
  function* ensureBase(): Steps<void> {
    preparing = true
    try {
      yield* plane.ensureBase()
    } finally {
      preparing = false
      onSettled()
    }
  }

  return {
    *all() {
      yield* refreshView()
      yield* ensureBase()
      const observed = plane.observing === undefined ? plane.observe() : yield* plane.observing()
      rounds.adopt(observed)
      return observed
    },
    *table(sight) {
      yield* ensureBase()
      const table = sight.observingTable === undefined ? sight.observeTable() : yield* sight.observingTable()
      return withLedger(table, TABLE_KINDS, ledger)
    },
    *routes(sight) {
      yield* refreshView()
      // The table is not looked at, so that nobody takes note of what others wrote to it.
      return withLedger(sight.observeRoutes(), ROUTE_KINDS, ledger)
    },
    get settled() {
      return view !== undefined && !looking && !preparing
    },
  }
}

const TABLE_KINDS: ReadonlySet<Item['kind']> = new Set(['element', 'mark'])
const ROUTE_KINDS: ReadonlySet<Item['kind']> = new Set(['route'])

/** What the kernel holds, when only things of some kinds were read. */
const withLedger = (read: ItemMap, kinds: ReadonlySet<Item['kind']>, ledger: Pick<Ledger, 'entries'>): ItemMap => {
  const known = new Map(read)
  for (const { item } of ledger.entries()) if (!kinds.has(item.kind)) known.set(itemKey(item), item)
  return known
}
