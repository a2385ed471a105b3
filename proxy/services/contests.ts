/** Services that wait for a kernel object another one holds: whoever came first keeps it, and the next gets it when it is let go. */
import type { Contest } from './difference.ts'
import type { Ledger } from './ledger.ts'
import type { ServiceKey } from './types.ts'

export interface Contests {
  /** These Services were looked at; what they wait for now replaces what they waited for before. Returns the contests that are new. */
  record(changed: readonly ServiceKey[], contests: readonly Contest[]): readonly Contest[]
  /** Who waited for something that one of these Services let go: they are worth another look. */
  freed(changed: readonly ServiceKey[], ledger: Ledger): ServiceKey[]
}

export const createContests = (): Contests => {
  const waiting = new Map<ServiceKey, readonly Contest[]>()

  const record = (changed: readonly ServiceKey[], contests: readonly Contest[]): readonly Contest[] => {
    const before = new Set(changed.flatMap((key) => (waiting.get(key) ?? []).map(nameOf)))
    for (const key of changed) waiting.delete(key)
    for (const contest of contests) waiting.set(contest.service, [...(waiting.get(contest.service) ?? []), contest])
    return contests.filter((contest) => !before.has(nameOf(contest)))
  }

  const freed = (changed: readonly ServiceKey[], ledger: Ledger): ServiceKey[] =>
    [...waiting]
      .filter(([, contests]) => contests.some(({ key, holder }) => changed.includes(holder) && !ledger.ownedBy(holder).has(key)))
      .map(([service]) => service)

  return { record, freed }
}

const nameOf = ({ key, service, holder }: Contest): string => `${service} ${holder} ${key}`
