/**
 * The counters of all virtual servers, read for a scraper: ten thousand of them in some 30 ms, where complete values (decode.ts) take ten
 * times as long. Attributes are picked by number from where they stand; nothing is built for those that nobody asks for.
 *
 *   SERVICE nest: AF u16 | PROTOCOL u16 | ADDR 16 bytes | PORT be16, or FWMARK u32 in place of the three | … | STATS | STATS64
 *   STATS64 nest: ten u64, CONNS to OUTBPS; STATS has the same numbers, with u32 for all but the two byte counters
 *
 * @see include/uapi/linux/ip_vs.h
 */
import { addressFromBytes } from '#net/address.ts'
import { protocolOfNumber } from '#net/protocol.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import { AF_INET6 } from './attributes.ts'
import { serverText } from './server-id.ts'

/** In the order of IPVS_STATS_ATTR_*; rates are per second. */
export const COUNTERS = [
  'connections',
  'packetsIn',
  'packetsOut',
  'bytesIn',
  'bytesOut',
  'connectionRate',
  'packetRateIn',
  'packetRateOut',
  'byteRateIn',
  'byteRateOut',
] as const

export interface ServerTraffic {
  /** serverText of the virtual server. */
  readonly server: string
  /** One number for each of COUNTERS. 64 bits in the kernel; beyond 2^53 not every number is one of these, as in Prometheus itself. */
  readonly counters: Float64Array
}

const NESTING_BYTES = 4
const GENERIC_HEADER_BYTES = 4
const HIGH_WORD = 2 ** 32
const TYPE_MASK = 0x3fff

/** IPVS_SVC_ATTR_*, by what is kept of them. */
const AF = 1
const PROTOCOL = 2
const ADDRESS = 3
const PORT = 4
const FWMARK = 5
const STATS = 10
const STATS64 = 12
const KINDS = 13

/** The counters of a virtual server of a dump; undefined for one that serverText cannot name. */
export const decodeTraffic = ({ payload }: NetlinkReply): ServerTraffic | undefined => {
  const places = new Uint32Array(KINDS)
  // The one nest of the message is the service.
  const start = GENERIC_HEADER_BYTES + NESTING_BYTES
  if (payload.length < start) return undefined
  locate(payload, { start, end: Math.min(payload.length, GENERIC_HEADER_BYTES + payload.readUInt16LE(GENERIC_HEADER_BYTES)), places })
  const server = nameOf(payload, places)
  return server === undefined ? undefined : { server, counters: countersOf(payload, places) }
}

interface Span {
  readonly start: number
  readonly end: number
  /** Gets where each attribute's header stands, by number; 0 = there is none. */
  readonly places: Uint32Array
}

const locate = (payload: Buffer, { start, end, places }: Span): void => {
  for (let offset = start; offset + NESTING_BYTES <= end; ) {
    const length = payload.readUInt16LE(offset)
    if (length < NESTING_BYTES || offset + length > end) return
    places[payload.readUInt16LE(offset + 2) & TYPE_MASK] = offset
    offset += (length + 3) & ~3
  }
}

const nameOf = (payload: Buffer, places: Uint32Array): string | undefined => {
  const at = (attribute: number): number | undefined => {
    const place = places[attribute]
    return place === undefined || place === 0 ? undefined : place + NESTING_BYTES
  }
  const [family, mark, protocol, address, port] = [at(AF), at(FWMARK), at(PROTOCOL), at(ADDRESS), at(PORT)]
  if (family === undefined) return undefined
  const isV6 = payload.readUInt16LE(family) === AF_INET6
  if (mark !== undefined && payload.readUInt32LE(mark) > 0) return serverText({ fwmark: payload.readUInt32LE(mark), family: isV6 ? 6 : 4 })
  if (protocol === undefined || address === undefined || port === undefined) return undefined
  const known = protocolOfNumber(payload.readUInt16LE(protocol))
  if (known === undefined) return undefined
  const text = addressFromBytes(payload.subarray(address, address + (isV6 ? 16 : 4)))
  return serverText({ protocol: known, address: text, port: payload.readUInt16BE(port) })
}

const countersOf = (payload: Buffer, places: Uint32Array): Float64Array => {
  const counters = new Float64Array(COUNTERS.length)
  const nest = places[STATS64] || places[STATS] || 0
  if (nest === 0) return counters
  const end = nest + payload.readUInt16LE(nest)
  for (let offset = nest + NESTING_BYTES; offset + NESTING_BYTES <= end; ) {
    const length = payload.readUInt16LE(offset)
    if (length < NESTING_BYTES) break
    const index = (payload.readUInt16LE(offset + 2) & TYPE_MASK) - 1
    // Kernels that align 64-bit numbers put an empty attribute in front of them.
    if (length > NESTING_BYTES && index < counters.length) counters[index] = numberAt(payload, offset + NESTING_BYTES, length)
    offset += (length + 3) & ~3
  }
  return counters
}

const numberAt = (payload: Buffer, offset: number, length: number): number =>
  length < NESTING_BYTES + 8 ? payload.readUInt32LE(offset) : payload.readUInt32LE(offset) + payload.readUInt32LE(offset + 4) * HIGH_WORD
