/** A plan is carried out: its operations reach the kernel, whoever watches is told, and the ledger learns what was acknowledged. */
import { applyOperations } from './apply.ts'
import type { Observer } from './contract.ts'
import type { DataPlane } from './data-plane.ts'
import type { Plan } from './difference.ts'
import type { Ledger } from './ledger.ts'
import { type Failures, settle } from './settle.ts'

/** Returns what the kernel refused; never throws. */
export type CarryOut = (plan: Plan) => Failures

export const createCarryOut =
  ({ plane, observer }: { readonly plane: DataPlane; readonly observer: Observer }, ledger: Ledger): CarryOut =>
  (plan) => {
    const applied = applyOperations(plan.operations, plane)
    for (const change of applied) observer.applied(change)
    return settle(plan, applied, ledger)
  }
