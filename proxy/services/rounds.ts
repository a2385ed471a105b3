/** One round of the loop: some Services are compiled, compared with what the kernel acknowledged, and what is missing or too much is carried out. */
import { asError } from './as-error.ts'
import { createCarryOut } from './carry-out.ts'
import { createContests } from './contests.ts'
import type { ControllerParts } from './contract.ts'
import { desiredItems, type NodeView } from './desired.ts'
import { difference, orphanRemovals } from './difference.ts'
import { type ItemMap, itemKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

export interface Rounds {
  /** Brings the kernel to what these Services ask for now. Never throws: what fails is a failure of its Service. */
  sync(keys: readonly ServiceKey[], node: NodeView): void
  /** Removes what is ours in the kernel and nobody wants. To be called only when every Service was looked at. */
  removeLeftovers(node: NodeView): void
  /** The endpoints of `service` changed at `at` (ms since the epoch); of changes that arrive together the oldest counts. */
  noteTrigger(service: ServiceKey, at: number): void
  /** Services whose last round failed. */
  readonly failures: ReadonlyMap<ServiceKey, Error>
}

export const createRounds = (parts: ControllerParts, ledger: Ledger): Rounds => {
  const { cluster, scheduler, observer } = parts
  const carryOut = createCarryOut(parts, ledger)
  const failures = new Map<ServiceKey, Error>()
  const contests = createContests()
  const triggers = new Map<ServiceKey, number>()

  const sync = (keys: readonly ServiceKey[], node: NodeView): void => {
    const started = scheduler.now()
    const wanted = compile(keys, node)
    const plan = difference(wanted, ledger)
    const failed = carryOut(plan)
    for (const contest of contests.record(keys, plan.contests)) observer.contested(contest)
    for (const key of contests.freed(keys, ledger)) cluster.markDirty(key)
    for (const key of wanted.keys()) recordOutcome(key, failed.services.get(key))
    observer.synced({ seconds: (scheduler.now() - started) / 1000, services: keys.length, operations: plan.operations.length })
  }

  /** A Service that cannot be compiled keeps what it has in the kernel. */
  const compile = (keys: readonly ServiceKey[], node: NodeView): Map<ServiceKey, ItemMap> => {
    const wanted = new Map<ServiceKey, ItemMap>()
    for (const key of keys) {
      try {
        wanted.set(key, wantedItems(key, node))
      } catch (error) {
        recordOutcome(key, asError(error))
      }
    }
    return wanted
  }

  const wantedItems = (key: ServiceKey, node: NodeView): ItemMap => {
    const service = cluster.service(key)
    return service === undefined ? new Map() : desiredItems({ service, slices: cluster.slicesOf(key), node })
  }

  const recordOutcome = (key: ServiceKey, failure: Error | undefined): void => {
    if (failure !== undefined) {
      failures.set(key, failure)
      observer.failed(key, failure)
      return
    }
    failures.delete(key)
    const triggeredAt = triggers.get(key)
    triggers.delete(key)
    if (triggeredAt !== undefined) observer.programmed(key, Math.max(0, scheduler.now() - triggeredAt) / 1000)
  }

  /** Never what a failing Service still waits to take over: what is left belongs to Services that are gone. */
  const removeLeftovers = (node: NodeView): void => {
    const awaited = new Set([...compile([...failures.keys()], node).values()].flatMap((items) => [...items.keys()]))
    const operations = orphanRemovals(ledger).filter(({ item }) => !awaited.has(itemKey(item)) && !parts.spares(item))
    if (operations.length === 0) return
    const { leftovers } = carryOut({ operations, claims: [], releases: [], contests: [] })
    for (const error of leftovers) observer.failed('leftovers', error)
  }

  const noteTrigger = (service: ServiceKey, at: number): void => {
    triggers.set(service, Math.min(at, triggers.get(service) ?? at))
  }

  return { sync, removeLeftovers, noteTrigger, failures }
}
