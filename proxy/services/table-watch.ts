/**
 * A look at our nftables table once a second, between audits: firewalls are reloaded and rulesets flushed by others, and without its table a
 * node's Services are open to nobody outside. As long as nobody else writes to the ruleset, and no link
 * changes, a look costs one netlink question.
 */
import type { Scheduler } from './contract.ts'
import { type ItemMap, itemKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { Steps } from './steps.ts'

/** What others did since the last look: nothing, something to the ruleset, or the dummy link with all VIP routes is gone. */
export type Disturbance = 'none' | 'ruleset' | 'link'

export interface TableSight {
  /** @throws when the kernel does not answer */
  disturbance(): Disturbance
  /** What our table holds, as items. @throws */
  observeTable(): ItemMap
  /** The same in steps. Without it, observeTable() is the only one. @throws at any step */
  readonly observingTable?: () => Steps<ItemMap>
}

const PERIOD = 1_000

export interface TableWatchParts {
  readonly sight: TableSight
  readonly scheduler: Pick<Scheduler, 'after'>
  /** Others wrote to the ruleset; what they did to our table is for the caller to find out. */
  onRuleset(): void
  /** Routes are gone too, or the kernel does not answer: all is to be looked at. */
  onMore(): void
}

/** Looks until the result is called. */
export const watchTable = ({ sight, scheduler, onRuleset, onMore }: TableWatchParts): (() => void) => {
  let cancel = (): void => {}
  const look = (): void => {
    cancel = scheduler.after(PERIOD, look)
    const found = disturbanceOf(sight)
    if (found === 'ruleset') onRuleset()
    if (found === 'link') onMore()
  }
  cancel = scheduler.after(PERIOD, look)
  return () => cancel()
}

const disturbanceOf = (sight: TableSight): Disturbance => {
  try {
    return sight.disturbance()
  } catch {
    // Whoever looks at all of it meets the failure again, and tells.
    return 'link'
  }
}

/** What the kernel holds, when only the table was read: the rest is taken to be as the ledger has it. */
export const withTable = (ledger: Pick<Ledger, 'entries'>, table: ItemMap): ItemMap => {
  const known = new Map(table)
  for (const { item } of ledger.entries()) if (item.kind !== 'element' && item.kind !== 'mark') known.set(itemKey(item), item)
  return known
}
