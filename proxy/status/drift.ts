/** What the kernel holds against what the proxy was told it holds. Pure. */
import { type Item, type ItemKey, type ItemMap, itemKey, sameValue } from '../services/item.ts'
import type { ServiceKey } from '../services/types.ts'
import type { Holding } from './snapshot.ts'

export interface Drift {
  /** `missing` in the kernel, `different` there, or `unexpected`: it carries our marks and the proxy does not know it. */
  readonly problem: 'missing' | 'different' | 'unexpected'
  /** The kernel object's key: `route 10.96.0.10`. */
  readonly object: ItemKey
  readonly services: readonly ServiceKey[]
}

/**
 * All differences, in the order of the snapshot, then of the kernel.
 * @param settled the proxy has looked at every Service: what nobody wants then is left over
 */
export const driftOf = (holdings: readonly Holding[], kernel: ItemMap, settled: boolean): Drift[] => {
  const known = new Map<ItemKey, Holding>(holdings.map((holding) => [itemKey(holding.item), holding]))
  const drifts: Drift[] = []
  for (const [object, { item, owners }] of known) {
    const found = kernel.get(object)
    if (found === undefined) drifts.push({ problem: 'missing', object, services: owners })
    else if (!sameValue(found, item)) drifts.push({ problem: 'different', object, services: owners })
    else if (settled && owners.length === 0 && !isDraining(item)) drifts.push({ problem: 'unexpected', object, services: [] })
  }
  for (const object of kernel.keys()) if (!known.has(object)) drifts.push({ problem: 'unexpected', object, services: [] })
  return drifts
}

/** A destination that no Service wants any more has weight 0 until its connections are gone. */
const isDraining = (item: Item): boolean => item.kind === 'destination' && item.destination.weight === 0

/** Those of `second` that were in `first` already: what was only on its way is not there twice. */
export const lasting = (first: readonly Drift[], second: readonly Drift[]): Drift[] => {
  const before = new Set(first.map(({ problem, object }) => `${problem} ${object}`))
  return second.filter(({ problem, object }) => before.has(`${problem} ${object}`))
}
