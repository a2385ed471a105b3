/**
 * Who may answer at an address and port that several Services claim: the one that was created first, then the one with the lesser key.
 * The result depends on the Services alone, never on the order in which they were heard of.
 */
import type { ServiceKey } from './types.ts'

export interface Claim {
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** `address . protocol . port`, each once. */
  readonly texts: readonly string[]
}

export interface Claims {
  /** What a Service claims from now on; undefined = it is gone. Returns the others whose share this may change. */
  set(service: ServiceKey, claim: Claim | undefined): readonly ServiceKey[]
  /** Who has it. */
  holder(text: string): ServiceKey | undefined
}

export const createClaims = (): Claims => {
  const claims = new Map<ServiceKey, Claim>()
  /** Nearly all have one claimant, who is kept without a list. */
  const claimants = new Map<string, ServiceKey | readonly ServiceKey[]>()

  const claimantsOf = (text: string): readonly ServiceKey[] => {
    const found = claimants.get(text) ?? []
    return typeof found === 'string' ? [found] : found
  }
  const write = (text: string, keys: readonly ServiceKey[]): void => {
    const [only] = keys
    if (only === undefined) claimants.delete(text)
    else claimants.set(text, keys.length === 1 ? only : keys)
  }

  const set = (service: ServiceKey, claim: Claim | undefined): readonly ServiceKey[] => {
    const before = claims.get(service)
    const [old, now] = [new Set(before?.texts), new Set(claim?.texts)]
    if (claim === undefined) claims.delete(service)
    else claims.set(service, claim)
    const others = new Set<ServiceKey>()
    for (const text of old.union(now)) {
      const rivals = claimantsOf(text).filter((key) => key !== service)
      if (old.has(text) !== now.has(text)) write(text, now.has(text) ? [...rivals, service] : rivals)
      else if (before?.createdAt === claim?.createdAt) continue
      for (const rival of rivals) others.add(rival)
    }
    return [...others]
  }

  const isBefore = (one: ServiceKey, other: ServiceKey): boolean => {
    const [first, second] = [claims.get(one)?.createdAt ?? 0, claims.get(other)?.createdAt ?? 0]
    return first === second ? one < other : first < second
  }

  return {
    set,
    holder: (text) => {
      const found = claimants.get(text)
      return typeof found === 'object' ? found.reduce((best, key) => (isBefore(key, best) ? key : best)) : found
    },
  }
}
