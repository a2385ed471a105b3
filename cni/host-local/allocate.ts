/** Giving a container its addresses: one from every set, or none at all. */
import type { IpAddress } from '#net/address.ts'
import { explaining, messageOf } from '../protocol/error.ts'
import type { ResultIp } from '../protocol/result.ts'
import { type Candidate, candidates } from './candidates.ts'
import { type Holder, type LeaseFolder, lastReserved, leasesOf, reserve } from './leases.ts'
import { formatSet, type RangeSet, rangeFor } from './range-set.ts'

export interface Allocation {
  readonly sets: readonly RangeSet[]
  /** Addresses that must be among those given, each once. */
  readonly requested: readonly IpAddress[]
  readonly holder: Holder
  /** Takes a line for standard error. */
  warn(line: string): void
}

/**
 * Leases one address of every set, in order; the folder's lock must be held. A failure frees what this call leased (and nothing the
 * container had before).
 * @throws Error with the reference's sentence
 */
export const allocate = (folder: LeaseFolder, allocation: Allocation): ResultIp[] => {
  const given: Candidate[] = []
  const open = new Set(allocation.requested)
  try {
    for (const [index, set] of allocation.sets.entries()) {
      const wanted = [...open].find((address) => rangeFor(set, address) !== undefined)
      if (wanted !== undefined) open.delete(wanted)
      const request = { ...allocation, index, set }
      given.push(
        explaining(`failed to allocate for range ${index}`, () =>
          wanted === undefined ? takeNext(folder, request) : takeRequested(folder, request, wanted),
        ),
      )
    }
    if (open.size > 0) throw new Error(`failed to allocate all requested IPs: ${[...open].join(' ')}`)
  } catch (error) {
    for (const { address } of given) folder.remove(address)
    throw error
  }
  return given.map(({ address, range }) => ({
    address: { address, prefixLength: range.subnet.prefixLength },
    gateway: range.gateway,
  }))
}

interface SetRequest extends Allocation {
  readonly index: number
  readonly set: RangeSet
}

const takeRequested = (folder: LeaseFolder, { set, index, holder }: SetRequest, address: IpAddress): Candidate => {
  const range = rangeFor(set, address)
  if (range === undefined) throw new Error(`${address} not in range set ${formatSet(set)}`)
  if (address === range.gateway) throw new Error(`requested ip ${address} is subnet's gateway`)
  if (!reserve(folder, { address, set: index, holder })) {
    throw new Error(`requested IP address ${address} is not available in range set ${formatSet(set)}`)
  }
  return { address, range }
}

const takeNext = (folder: LeaseFolder, request: SetRequest): Candidate => {
  const { set, index, holder } = request
  refuseDuplicate(folder, request)
  // Names already there need not be tried, so a full range costs one directory read.
  const taken = new Set(folder.names())
  for (const candidate of candidates(set, cursorOf(folder, request))) {
    if (!taken.has(candidate.address) && reserve(folder, { address: candidate.address, set: index, holder })) return candidate
  }
  throw new Error(`no IP addresses available in range set: ${formatSet(set)}`)
}

const refuseDuplicate = (folder: LeaseFolder, { set, holder }: SetRequest): void => {
  const { own, legacy } = leasesOf(folder, holder)
  const held = [...own, ...legacy].toSorted().find((address) => rangeFor(set, address) !== undefined)
  if (held === undefined) return
  throw new Error(`${held} has been allocated to ${holder.containerId}, duplicate allocation is not allowed`)
}

/** A cursor that cannot be read only means to start from the beginning. */
const cursorOf = (folder: LeaseFolder, { index, warn }: SetRequest): IpAddress | undefined => {
  try {
    return lastReserved(folder, index)
  } catch (error) {
    warn(`Error retrieving last reserved ip: ${messageOf(error)}`)
    return undefined
  }
}
