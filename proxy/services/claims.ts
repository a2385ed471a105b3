/**
 * Who may answer at an address and port that several Services claim: whom the API server gave it to, before those who chose it
 * themselves; among equals the one that was created first, then the one with the lesser key. The result depends on the Services alone,
 * never on the order in which they were heard of.
 */
import { has } from './membership.ts'
import type { ServiceKey } from './types.ts'

/** All as `address . protocol . port`, each once. */
export interface Claim {
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** At cluster IPs and NodePorts: the API server gives each to one Service only. */
  readonly given: readonly string[]
  /** At addresses that anybody may write: externalIPs and load balancers' addresses. */
  readonly chosen: readonly string[]
}

export interface Claims {
  /** What a Service claims from now on; undefined = it is gone. Returns the others whose share this may change. */
  set(service: ServiceKey, claim: Claim | undefined): readonly ServiceKey[]
  /** Who has it. */
  holder(text: string): ServiceKey | undefined
}

/** Several claimants of one text. Who comes first is found when it is asked for, and known from then on. */
interface Contested {
  readonly keys: readonly ServiceKey[]
  holder?: ServiceKey
}

const NOTHING: Claim = { createdAt: 0, given: [], chosen: [] }

export const createClaims = (): Claims => {
  const claims = new Map<ServiceKey, Claim>()
  /** Nearly all have one claimant, who is kept without a list. */
  const claimants = new Map<string, ServiceKey | Contested>()

  const claimantsOf = (text: string): readonly ServiceKey[] => {
    const found = claimants.get(text)
    return typeof found === 'object' ? found.keys : found === undefined ? [] : [found]
  }
  const write = (text: string, keys: readonly ServiceKey[]): void => {
    const [only] = keys
    if (only === undefined) claimants.delete(text)
    else claimants.set(text, keys.length === 1 ? only : { keys })
  }

  const set = (service: ServiceKey, claim: Claim | undefined): readonly ServiceKey[] => {
    const before = claims.get(service) ?? NOTHING
    if (claim === undefined) claims.delete(service)
    else claims.set(service, claim)
    // As at the start of a proxy, and of nearly every Service.
    if (before === NOTHING && claim !== undefined && isAlone(claim.given) && isAlone(claim.chosen)) {
      for (const text of claim.given) claimants.set(text, service)
      for (const text of claim.chosen) claimants.set(text, service)
      return []
    }
    const others = new Set<ServiceKey>()
    for (const [text, change] of changes(before, claim ?? NOTHING)) {
      const rivals = claimantsOf(text).filter((key) => key !== service)
      write(text, change === 'lost' ? rivals : [...rivals, service])
      for (const rival of rivals) others.add(rival)
    }
    return [...others]
  }

  const isAlone = (texts: readonly string[]): boolean => texts.every((text) => !claimants.has(text))

  const isBefore = (text: string, one: ServiceKey, other: ServiceKey): boolean => {
    const [first, second] = [one, other].map((key) => claims.get(key) ?? NOTHING)
    if (first === undefined || second === undefined) return false
    const [firstGiven, secondGiven] = [has(first.given, text), has(second.given, text)]
    if (firstGiven !== secondGiven) return firstGiven
    return first.createdAt === second.createdAt ? one < other : first.createdAt < second.createdAt
  }

  return {
    set,
    holder: (text) => {
      const found = claimants.get(text)
      if (typeof found !== 'object') return found
      found.holder ??= found.keys.reduce((best, key) => (isBefore(text, key, best) ? key : best))
      return found.holder
    },
  }
}

type Change = readonly [text: string, change: 'gained' | 'lost' | 'rank']

/** What is gained, lost, or claimed with another age or right. */
const changes = (before: Claim, now: Claim): readonly Change[] => {
  if (before === NOTHING) return [...now.given, ...now.chosen].map((text) => [text, 'gained'])
  const [old, fresh] = [ranks(before), ranks(now)]
  const sameAge = before.createdAt === now.createdAt
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((text): Change[] => {
    if (!old.has(text)) return [[text, 'gained']]
    if (!fresh.has(text)) return [[text, 'lost']]
    return sameAge && old.get(text) === fresh.get(text) ? [] : [[text, 'rank']]
  })
}

const ranks = ({ given, chosen }: Claim): Map<string, 'given' | 'chosen'> =>
  new Map([...chosen.map((text) => [text, 'chosen'] as const), ...given.map((text) => [text, 'given'] as const)])
