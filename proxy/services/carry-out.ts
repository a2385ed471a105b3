/**
 * A plan is carried out: destinations that may drain are not removed but given weight 0, the operations reach the kernel, whoever watches is
 * told, the ledger learns what was acknowledged, and what a change leaves behind is followed up.
 */
import { applyOperations } from './apply.ts'
import { BULK_OPERATIONS, type ControllerParts } from './contract.ts'
import type { Plan } from './difference.ts'
import { drainRemovals, goneInstead, soften } from './drain.ts'
import { createDrains } from './drains.ts'
import type { Ledger } from './ledger.ts'
import { acknowledgedIn } from './outcomes.ts'
import type { Schedulers } from './schedulers.ts'
import { type Failures, settle } from './settle.ts'
import { createStaleFlows } from './stale-flows.ts'

export interface CarryOut {
  /** Returns what the kernel refused; never throws. */
  carryOut(plan: Plan): CarriedOut
  /** Ends what still waits; the kernel stays as it is. */
  stop(): void
}

export interface CarriedOut extends Failures {
  /** A scheduler turned out to be missing: whoever asks for it asks for another one from now on. */
  readonly schedulerMissing: boolean
}

interface CarryOutParts extends Pick<ControllerParts, 'plane' | 'observer' | 'scheduler' | 'gracePeriod'> {
  readonly schedulers: Pick<Schedulers, 'learn'>
}

export const createCarryOut = (parts: CarryOutParts, ledger: Ledger): CarryOut => {
  const { plane, observer, scheduler, gracePeriod: period = 0 } = parts
  const flows = createStaleFlows({ ledger, plane, scheduler, observer })

  const carryOutNow = (plan: Plan): CarriedOut => {
    const applied = applyOperations(plan.operations, plane).map(goneInstead)
    const bulk = applied.length > BULK_OPERATIONS
    for (const change of applied) observer.applied(change, bulk)
    const failures = settle(plan, applied, ledger)
    const acknowledged = acknowledgedIn(applied)
    drains.follow(acknowledged)
    flows.follow(acknowledged)
    return { ...failures, schedulerMissing: parts.schedulers.learn(applied) }
  }
  const drains = createDrains({
    ...{ ledger, plane, scheduler, observer, period },
    remove: (items) => {
      const { leftovers } = carryOutNow({ operations: drainRemovals(items), claims: [], releases: [], contests: [] })
      for (const error of leftovers) observer.failed('draining', error)
      if (leftovers.length === 0) observer.recovered?.('draining')
    },
  })

  const carryOut = (plan: Plan): CarriedOut => {
    if (period === 0) return carryOutNow(plan)
    const { operations, adopted } = soften(plan.operations, { ledger, drains: drains.has })
    drains.begin(adopted)
    return carryOutNow({ ...plan, operations })
  }
  const stop = (): void => {
    drains.stop()
    flows.stop()
  }
  return { carryOut, stop }
}
