/**
 * Connection tracking messages.
 *
 *   GET (dump): TUPLE_ORIG { PROTO { NUM, perhaps DST_PORT } }, FILTER { ORIG_FLAGS: which of these count } -> NEW messages
 *   DELETE: TUPLE_ORIG (whole), ID, ZONE
 *   NEW: TUPLE_ORIG, TUPLE_REPLY, ID, ZONE, and more
 *   tuple: IP { addresses }, PROTO { NUM u8, SRC_PORT be16, DST_PORT be16 }
 *
 * FILTER is known since Linux 5.8; older kernels skip it and send every flow of the family, so the reader must look again.
 * @see include/uapi/linux/netfilter/nfnetlink_conntrack.h; the bits of ORIG_FLAGS: net/netfilter/nf_internals.h
 */
import { addressBytes, addressFromBytes, type Family, type IpAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER, type Protocol } from '#net/protocol.ts'
import { type AttributeTable, type AttributeValues, decodeAttributes, encodeAttributes } from '../netlink/attributes.ts'
import type { NetlinkReply, NetlinkRequest } from '../netlink/message.ts'
import { NFNETLINK_HEADER_BYTES, NFPROTO, nfnetlinkHeader } from '../netlink/nfnetlink.ts'

/** Which flows: by the protocol and, unless it is left out, the destination port of their first packet. */
export interface FlowFilter {
  readonly family: Family
  readonly protocol: Protocol
  readonly destinationPort?: number
}

/** A tracked connection, as its first packet was addressed. */
export interface Flow {
  readonly family: Family
  /** IANA number. */
  readonly protocol: number
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly sourcePort: number
  readonly destinationPort: number
  /** The kernel's number of this entry: a later flow between the same ends nearly always has another. */
  readonly id: number
  /** Conntrack zone; absent for zone 0. */
  readonly zone?: number
  /** Who answers: the flow's destination, or where the destination was translated to. Always there in a listing. */
  readonly answering?: { readonly address: IpAddress; readonly port: number }
}

const SUBSYSTEM = 1 << 8
const IPCTNL_MSG_CT_GET = 1
const IPCTNL_MSG_CT_DELETE = 2
const FILTER_PROTOCOL = 1 << 3
const FILTER_DESTINATION_PORT = 1 << 5

const IP = {
  source4: [1, 'bytes'],
  destination4: [2, 'bytes'],
  source6: [3, 'bytes'],
  destination6: [4, 'bytes'],
} as const satisfies AttributeTable
const TRANSPORT = { protocol: [1, 'bytes'], sourcePort: [2, 'be16'], destinationPort: [3, 'be16'] } as const satisfies AttributeTable
const TUPLE = { ip: [1, IP], transport: [2, TRANSPORT] } as const satisfies AttributeTable
const FILTER = { originalFlags: [1, 'u32'] } as const satisfies AttributeTable
const FLOW = {
  original: [1, TUPLE],
  reply: [2, TUPLE],
  id: [12, 'be32'],
  zone: [18, 'be16'],
  filter: [25, FILTER],
} as const satisfies AttributeTable

export const encodeFlowsDump = ({ family, protocol, destinationPort }: FlowFilter): NetlinkRequest => ({
  operation: `list ${protocol} flows${destinationPort === undefined ? '' : ` to port ${destinationPort}`}`,
  type: SUBSYSTEM | IPCTNL_MSG_CT_GET,
  flags: 0,
  payload: [
    nfnetlinkHeader(NFPROTO[family]),
    encodeAttributes(FLOW, {
      original: { transport: { protocol: Buffer.of(PROTOCOL_NUMBER[protocol]), destinationPort } },
      filter: { originalFlags: FILTER_PROTOCOL | (destinationPort === undefined ? 0 : FILTER_DESTINATION_PORT) },
    }),
  ],
})

export const encodeFlowDeletion = ({
  family,
  protocol,
  source,
  destination,
  sourcePort,
  destinationPort,
  id,
  zone,
}: Flow): NetlinkRequest => {
  const ends = [Buffer.from(addressBytes(source)), Buffer.from(addressBytes(destination))] as const
  const ip = family === 4 ? { source4: ends[0], destination4: ends[1] } : { source6: ends[0], destination6: ends[1] }
  const transport = { protocol: Buffer.of(protocol), sourcePort, destinationPort }
  return {
    operation: `delete flow ${source}:${sourcePort} to ${destination}:${destinationPort}`,
    type: SUBSYSTEM | IPCTNL_MSG_CT_DELETE,
    flags: 0,
    payload: [nfnetlinkHeader(NFPROTO[family]), encodeAttributes(FLOW, { original: { ip, transport }, id, zone })],
  }
}

/** A flow of a dump; undefined for protocols without ports. */
export const decodeFlow = ({ payload }: NetlinkReply): Flow | undefined => {
  const { original, reply, id, zone } = decodeAttributes(FLOW, payload.subarray(NFNETLINK_HEADER_BYTES))
  const ends = endsOf(original?.ip)
  const [protocol] = original?.transport?.protocol ?? []
  const { sourcePort, destinationPort } = original?.transport ?? {}
  if (ends === undefined || protocol === undefined || sourcePort === undefined || destinationPort === undefined || id === undefined)
    return undefined
  const answering = answeringOf(reply)
  return { ...ends, protocol, sourcePort, destinationPort, id, ...(zone !== undefined && { zone }), ...(answering && { answering }) }
}

const answeringOf = (reply: AttributeValues<typeof TUPLE> | undefined): Flow['answering'] => {
  const [address, port] = [endsOf(reply?.ip)?.source, reply?.transport?.sourcePort]
  return address === undefined || port === undefined ? undefined : { address, port }
}

const endsOf = (ip: AttributeValues<typeof IP> | undefined): Pick<Flow, 'family' | 'source' | 'destination'> | undefined => {
  const { source4, destination4, source6, destination6 } = ip ?? {}
  if (source4 !== undefined && destination4 !== undefined) {
    return { family: 4, source: addressFromBytes(source4), destination: addressFromBytes(destination4) }
  }
  if (source6 === undefined || destination6 === undefined) return undefined
  return { family: 6, source: addressFromBytes(source6), destination: addressFromBytes(destination6) }
}
