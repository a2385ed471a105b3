/** In which order the addresses of a set are given. */
import { addressNumber, addressOfNumber, type IpAddress } from '#net/address.ts'
import { type Range, rangeHolds } from './range.ts'
import type { RangeSet } from './range-set.ts'

export interface Candidate {
  readonly address: IpAddress
  readonly range: Range
}

/**
 * Every address of the set once, gateways left out: from the one after `last` (the address given last), or from the first range's
 * start when `last` is absent or not of this set; on to the next range's start after a range's end, round and round. `last` comes last.
 */
export function* candidates(set: RangeSet, last: IpAddress | undefined): Generator<Candidate> {
  const startIndex = last === undefined ? -1 : set.findIndex((range) => rangeHolds(range, last))
  if (last === undefined || startIndex < 0) {
    for (const range of set) yield* span(range, range.first, range.last)
    return
  }
  const started = addressNumber(last)
  for (const [offset, range] of [...set.slice(startIndex), ...set.slice(0, startIndex)].entries()) {
    yield* span(range, offset === 0 ? started + 1n : range.first, range.last)
  }
  const start = set[startIndex]
  if (start !== undefined) yield* span(start, start.first, started)
}

function* span(range: Range, from: bigint, to: bigint): Generator<Candidate> {
  for (let number = from; number <= to; number++) {
    const address = addressOfNumber(number, range.family)
    if (address !== range.gateway) yield { address, range }
  }
}
