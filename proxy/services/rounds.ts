/** One round of the loop: some Services are compiled, compared with what the kernel acknowledged, and what is missing or too much is carried out. */
import { createAsks } from './asks.ts'
import { createCarryOut } from './carry-out.ts'
import type { ControllerParts } from './contract.ts'
import type { NodeView } from './desired.ts'
import { orphanRemovals } from './difference.ts'
import { type ItemMap, itemKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import { createSchedulers } from './schedulers.ts'
import type { Steps } from './steps.ts'
import type { ServiceKey } from './types.ts'

export interface Rounds {
  /** The node is seen like this from now on. To be called before the first `sync`; the caller marks all Services as changed. */
  look(node: NodeView): Steps<void>
  /** A Service changed or is gone: others that may win or lose something by it are marked as changed. */
  changed(service: ServiceKey): void
  /** What was read from the kernel, before anything is decided by it. */
  adopt(observed: ItemMap): void
  /** Brings the kernel to what these Services ask for now. Never throws: what fails is a failure of its Service. */
  sync(keys: readonly ServiceKey[]): void
  /** Removes what is ours in the kernel and nobody wants. To be called only when every Service was looked at. */
  removeLeftovers(): void
  /** The endpoints of `service` changed at `at` (ms since the epoch); of changes that arrive together the oldest counts. */
  noteTrigger(service: ServiceKey, at: number): void
  /** Ends what rounds left for later; the kernel stays as it is. */
  stop(): void
  /** Services whose last round failed. */
  readonly failures: ReadonlyMap<ServiceKey, Error>
}

export const createRounds = (parts: ControllerParts, ledger: Ledger): Rounds => {
  const { cluster, scheduler, observer } = parts
  const schedulers = createSchedulers()
  const { carryOut, stop } = createCarryOut({ ...parts, schedulers }, ledger)
  const failures = new Map<ServiceKey, Error>()
  const asks = createAsks({ ...parts, schedulers }, ledger)
  const triggers = new Map<ServiceKey, number>()

  const sync = (keys: readonly ServiceKey[]): void => {
    const started = scheduler.now()
    const { plan, services, failures: unasked } = asks.plan(keys)
    const refused = carryOut(plan)
    asks.settled(services)
    // They ask for what the kernel has in the next turn, and that is what becomes of them.
    if (refused.schedulerMissing) cluster.markAllDirty()
    else {
      for (const key of services) recordOutcome(key, refused.services.get(key) ?? unasked.get(key))
      for (const [key, failure] of unasked) if (!services.includes(key)) recordOutcome(key, failure)
    }
    observer.synced({ seconds: (scheduler.now() - started) / 1000, services: keys.length, operations: plan.operations.length })
  }

  const recordOutcome = (key: ServiceKey, failure: Error | undefined): void => {
    if (failure !== undefined) {
      failures.set(key, failure)
      observer.failed(key, failure)
      return
    }
    if (failures.delete(key)) observer.recovered?.(key)
    const triggeredAt = triggers.get(key)
    triggers.delete(key)
    if (triggeredAt !== undefined) observer.programmed(key, Math.max(0, scheduler.date() - triggeredAt) / 1000)
  }

  /** Never what a failing Service still waits to take over, nor while nobody can tell what that is: what is left belongs to Services that are gone. */
  const removeLeftovers = (): void => {
    const awaited = asks.awaited(failures.keys())
    if (awaited === undefined) return
    const operations = orphanRemovals(ledger).filter(({ item }) => !awaited.has(itemKey(item)) && !parts.spares(item))
    if (operations.length === 0) return
    const { leftovers } = carryOut({ operations, claims: [], releases: [], contests: [] })
    for (const error of leftovers) observer.failed('leftovers', error)
    if (leftovers.length === 0) observer.recovered?.('leftovers')
  }

  const changed = (service: ServiceKey): void => {
    for (const other of asks.changed(service)) cluster.markDirty(other)
  }

  const noteTrigger = (service: ServiceKey, at: number): void => {
    triggers.set(service, Math.min(at, triggers.get(service) ?? at))
  }

  return { look: asks.look, changed, adopt: asks.adopt, sync, removeLeftovers, noteTrigger, stop, failures }
}
