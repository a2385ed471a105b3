/**
 * A look at what others do, once a second, between audits: firewalls are reloaded and rulesets flushed, and without its table a node's Services
 * are open to nobody outside; links go down and addresses come and go, and VIP routes go with them. As long as nobody else writes to the
 * ruleset, and the node keeps its addresses, a look costs one netlink question.
 */
import type { Scheduler } from './contract.ts'
import type { ItemMap } from './item.ts'
import type { Steps } from './steps.ts'

/**
 * What others did since the last look: nothing, something to the ruleset, something by which VIP routes or addresses of the node may have gone
 * or come, or the dummy link with all VIP routes is gone.
 */
export type Disturbance = 'none' | 'ruleset' | 'routes' | 'link'

export interface TableSight {
  /** @throws when the kernel does not answer */
  disturbance(): Disturbance
  /** What our table holds, as items. @throws */
  observeTable(): ItemMap
  /** The same in steps. Without it, observeTable() is the only one. @throws at any step */
  readonly observingTable?: () => Steps<ItemMap>
  /** Our VIP routes, as items. @throws */
  observeRoutes(): ItemMap
}

const PERIOD = 1_000

export interface TableWatchParts {
  readonly sight: TableSight
  readonly scheduler: Pick<Scheduler, 'after'>
  /** Others wrote to the ruleset; what they did to our table is for the caller to find out. */
  onRuleset(): void
  /** The same of VIP routes, and the node's addresses. */
  onRoutes(): void
  /** Routes are gone for certain, or the kernel does not answer: all is to be looked at. */
  onMore(): void
}

/** Looks until the result is called. */
export const watchTable = ({ sight, scheduler, onRuleset, onRoutes, onMore }: TableWatchParts): (() => void) => {
  let cancel = (): void => {}
  const look = (): void => {
    cancel = scheduler.after(PERIOD, look)
    const found = disturbanceOf(sight)
    if (found === 'ruleset') onRuleset()
    if (found === 'routes') onRoutes()
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
