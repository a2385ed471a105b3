/** Whether the next ADD would get its addresses. */
import { findCandidate } from './candidates.ts'
import { isDead, type LeaseFolder } from './leases.ts'
import { formatSet, type RangeSet } from './range-set.ts'

/** The folder's lock must be held. @throws Error naming the first set without an address to give, in the sentence of ADD */
export const refuseExhausted = (folder: LeaseFolder, sets: readonly RangeSet[]): void => {
  const taken = new Set(folder.names())
  const exhausted = sets.filter((set) => !hasFree(set, taken))
  if (exhausted.length === 0) return
  for (const lease of folder.leases()) if (isDead(folder, lease)) taken.delete(lease.address)
  const hopeless = exhausted.find((set) => !hasFree(set, taken))
  if (hopeless !== undefined) throw new Error(`no IP addresses available in range set: ${formatSet(hopeless)}`)
}

const hasFree = (set: RangeSet, taken: ReadonlySet<string>): boolean =>
  findCandidate(set, undefined, ({ address }) => !taken.has(address)) !== undefined
