/** After a plan was carried out: what the kernel acknowledged goes into the ledger, what it refused is returned by Service. */
import type { Applied } from './apply.ts'
import type { Plan } from './difference.ts'
import { itemKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

/** The first failure of each Service in this plan; `leftovers` are failures to remove what nobody wants. */
export interface Failures {
  readonly services: ReadonlyMap<ServiceKey, Error>
  readonly leftovers: readonly Error[]
}

export const settle = (plan: Plan, applied: readonly Applied[], ledger: Ledger): Failures => {
  const services = new Map<ServiceKey, Error>()
  const leftovers: Error[] = []
  for (const { operation, outcome } of applied) {
    if (outcome === undefined) acknowledge(operation, ledger)
    else {
      // An answer may be lost after the change was made: what failed is neither there nor gone until the kernel is read. Nor is what was held
      // back: a proxy that could not read the kernel at its start does not know what another one left there.
      ledger.doubt(operation.item, operation.owners, operation.key)
      if (operation.owners.length === 0) leftovers.push(outcome)
      for (const owner of operation.owners) if (!services.has(owner)) services.set(owner, outcome)
    }
  }
  for (const { key, item, owner } of plan.claims) if (ledger.entry(key) !== undefined) ledger.put(item, [owner], key)
  for (const { key, owner } of plan.releases) ledger.release(key, owner)
  return { services, leftovers }
}

const acknowledge = ({ verb, item, owners, key = itemKey(item) }: Applied['operation'], ledger: Ledger): void => {
  if (verb === 'remove') ledger.drop(key)
  else ledger.put(item, owners, key)
}
