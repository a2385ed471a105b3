/** Giving a container its addresses: one from every set, or none at all. */
import type { IpAddress } from '#net/address.ts'
import { explaining, messageOf } from '../protocol/error.ts'
import type { ResultIp } from '../protocol/result.ts'
import { type Candidate, findCandidate } from './candidates.ts'
import { free, type Holder, isDead, type Lease, type LeaseFolder, lastReserved, leaseAt, leasesOf, reserve } from './leases.ts'
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
  const held = once(() => takeStock(folder, allocation.holder))
  const open = new Set(allocation.requested)
  try {
    for (const [index, set] of allocation.sets.entries()) {
      const wanted = Array.from(open).find((address) => rangeFor(set, address) !== undefined)
      if (wanted !== undefined) open.delete(wanted)
      const request = { ...allocation, index, set, held }
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
  /** What the container has already. Costs a reading of all leases. */
  held(): readonly IpAddress[]
}

const once = <T>(action: () => T): (() => T) => {
  let result: { readonly value: T } | undefined
  return () => {
    result ??= { value: action() }
    return result.value
  }
}

/** The container's addresses. A container that comes back after a start of the machine has none, whatever its old leases say. */
const takeStock = (folder: LeaseFolder, holder: Holder): IpAddress[] => {
  const { own, legacy, empty } = leasesOf(folder, holder)
  const all = [...own, ...legacy].toSorted()
  const old = all.filter((address) => folder.isOfEarlierBoot(address))
  free(folder, [...empty, ...old])
  return all.filter((address) => !old.includes(address))
}

const takeRequested = (folder: LeaseFolder, request: SetRequest, address: IpAddress): Candidate => {
  const { set } = request
  const range = rangeFor(set, address)
  if (range === undefined) throw new Error(`${address} not in range set ${formatSet(set)}`)
  if (address === range.gateway) throw new Error(`requested ip ${address} is subnet's gateway`)
  const held = leaseAt(folder, address)
  if (held !== undefined) reclaim(folder, held, request)
  if (!reserveFor(folder, request, address))
    throw new Error(`requested IP address ${address} is not available in range set ${formatSet(set)}`)
  return { address, range }
}

const takeNext = (folder: LeaseFolder, request: SetRequest): Candidate => {
  refuseDuplicate(request)
  const last = cursorOf(folder, request)
  return (
    firstFree(folder, request, last) ??
    firstReclaimed(folder, request, last) ??
    fail(`no IP addresses available in range set: ${formatSet(request.set)}`)
  )
}

const fail = (message: string): never => {
  throw new Error(message)
}

/** The next free address is mostly one of the first; only a crowded range is worth reading all names for. */
const TRIES = 16

const firstFree = (folder: LeaseFolder, request: SetRequest, last: IpAddress | undefined): Candidate | undefined => {
  let tries = 0
  let taken: ReadonlySet<string> | undefined
  return findCandidate(request.set, last, ({ address }) => {
    if (++tries > TRIES) taken ??= new Set(folder.names())
    return !taken?.has(address) && reserveFor(folder, request, address)
  })
}

/** Rather than refuse a container, take what no other can be using. */
const firstReclaimed = (folder: LeaseFolder, request: SetRequest, last: IpAddress | undefined): Candidate | undefined => {
  const leases = new Map(folder.leases().map((lease) => [lease.address, lease]))
  return findCandidate(request.set, last, ({ address }) => {
    const lease = leases.get(address)
    return lease !== undefined && reclaim(folder, lease, request) && reserveFor(folder, request, address)
  })
}

/** Frees a lease that is dead; false for all others. */
const reclaim = (folder: LeaseFolder, lease: Lease, { warn }: SetRequest): boolean => {
  if (!isDead(folder, lease)) return false
  folder.remove(lease.address)
  warn(`reclaimed ${lease.address}: ${lease.text === '' ? 'its lease is empty' : 'its lease is of an earlier boot'}`)
  return true
}

const reserveFor = (folder: LeaseFolder, { index, holder }: SetRequest, address: IpAddress): boolean =>
  reserve(folder, { address, set: index, holder })

const refuseDuplicate = ({ set, holder, held }: SetRequest): void => {
  const address = held().find((each) => rangeFor(set, each) !== undefined)
  if (address !== undefined) throw new Error(`${address} has been allocated to ${holder.containerId}, duplicate allocation is not allowed`)
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
