/** A set of ranges of one family: a pod gets one address from every set. */
import type { IpAddress } from '#net/address.ts'
import { messageOf } from '../protocol/error.ts'
import { completeRange, formatRange, type Range, type RangeConfig, rangeHolds, rangesOverlap } from './range.ts'

export type RangeSet = readonly Range[]

/** Completes and checks all sets of a config, and that no address is in two of them. @throws Error with the reference's sentence */
export const completeSets = (configs: readonly (readonly RangeConfig[])[], version: string): RangeSet[] => {
  if (configs.length === 0) throw new Error('no IP ranges specified')
  const sets = configs.map(completeSet)
  checkFamilies(sets, version)
  for (const [one, other] of pairs(sets)) {
    if (one.some((range) => other.some((each) => rangesOverlap(range, each))))
      throw new Error(`range set ${sets.indexOf(one)} overlaps with ${sets.indexOf(other)}`)
  }
  return sets
}

const completeSet = (configs: readonly RangeConfig[], index: number): RangeSet => {
  try {
    if (configs.length === 0) throw new Error('empty range set')
    const set = configs.map(completeRange)
    if (set.some(({ family }) => family !== set[0]?.family)) throw new Error('mixed address families')
    for (const [one, other] of pairs(set)) {
      if (rangesOverlap(one, other)) throw new Error(`subnets ${formatRange(one)} and ${formatRange(other)} overlap`)
    }
    return set
  } catch (error) {
    throw new Error(`invalid range set ${index}: ${messageOf(error)}`, { cause: error })
  }
}

/** Results before 0.3.0 have room for one address of each family. */
const checkFamilies = (sets: readonly RangeSet[], version: string): void => {
  if (version >= '0.3.0') return
  const tooMany = ([4, 6] as const).some((family) => sets.filter((set) => set[0]?.family === family).length > 1)
  if (tooMany) throw new Error(`CNI version ${version} does not support more than 1 address per family`)
}

const pairs = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const))

/** The set's range that may give `address`. */
export const rangeFor = (set: RangeSet, address: IpAddress): Range | undefined => set.find((range) => rangeHolds(range, address))

/** Ranges as messages name them. */
export const formatSet = (set: RangeSet): string => set.map(formatRange).join(',')
