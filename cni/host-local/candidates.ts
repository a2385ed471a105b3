/** In which order the addresses of a set are given. */
import { addressNumber, addressOfNumber, type IpAddress } from '#net/address.ts'
import { type Range, rangeHolds } from './range.ts'
import type { RangeSet } from './range-set.ts'

export interface Candidate {
  readonly address: IpAddress
  readonly range: Range
}

/**
 * The first address of the set that `accepts` says yes to. Each is asked for once, gateways left out: from the one after `last` (the address
 * given last), or from the first range's start when `last` is absent or not of this set; on to the next range's start after a range's end,
 * round and round. `last` comes last.
 */
export const findCandidate = (
  set: RangeSet,
  last: IpAddress | undefined,
  accepts: (candidate: Candidate) => boolean,
): Candidate | undefined => {
  for (const { range, from, to } of spansOf(set, last)) {
    for (let number = from; number <= to; number++) {
      const candidate = { address: addressOfNumber(number, range.family), range }
      if (candidate.address !== range.gateway && accepts(candidate)) return candidate
    }
  }
  return undefined
}

/** Addresses of one range that follow each other, both ends included. */
interface Span {
  readonly range: Range
  readonly from: bigint
  readonly to: bigint
}

const spansOf = (set: RangeSet, last: IpAddress | undefined): Span[] => {
  const whole = (range: Range): Span => ({ range, from: range.first, to: range.last })
  const startIndex = last === undefined ? -1 : set.findIndex((range) => rangeHolds(range, last))
  const start = set[startIndex]
  if (last === undefined || start === undefined) return set.map(whole)
  const started = addressNumber(last)
  return [
    { range: start, from: started + 1n, to: start.last },
    ...set.slice(startIndex + 1).map(whole),
    ...set.slice(0, startIndex).map(whole),
    { range: start, from: start.first, to: started },
  ]
}
