/**
 * The two things of nf_tables that are asked of the kernel directly: the ruleset's generation number and a set's elements.
 *
 *   nlmsghdr type = NFNL_SUBSYS_NFTABLES << 8 | message; nfgenmsg: u8 family | u8 version 0 | be16 0, then attributes
 *   GETGEN -> NEWGEN: ID be32
 *   GETSETELEM (TABLE, SET; dump) -> NEWSETELEM: ELEMENTS nest, a list of nests: KEY { VALUE }, DATA { VALUE }, FLAGS be32, KEY_END { VALUE }
 *
 * @see include/uapi/linux/netfilter/nfnetlink.h and nf_tables.h
 */
import { KernelError } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { type AttributeTable, decodeAttributes, encodeAttributes, listElements } from './netlink/attributes.ts'
import type { NetlinkChannel } from './netlink/channel.ts'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { askNetfilter, NFNETLINK_HEADER_BYTES, NFPROTO, nfnetlinkHeader } from './netlink/nfnetlink.ts'
import type { NftFamily } from './nftables.ts'
import { nftMessage } from './nftables-wire.ts'

/** Which set: `inet selvedge vips`. */
export interface NftSetId {
  readonly family: NftFamily
  readonly table: string
  readonly set: string
}

/** One element of a set. A concatenated key is its fields one after another, each padded with zeros to a multiple of 4 bytes. */
export interface NftElement {
  readonly key: Buffer
  /** What a map gives for the key: a mark is 4 bytes in the machine's order. */
  readonly data?: Buffer
  /** The last key of a range, in sets of concatenated intervals. */
  readonly keyEnd?: Buffer
  /** In plain interval sets a range is two elements: its first key, and the first key behind it, which has this mark. */
  readonly intervalEnd: boolean
}

const NFT_MSG_GETSETELEM = 13
const NFT_MSG_GETGEN = 16
const NFT_SET_ELEM_INTERVAL_END = 0x1
const EPROTO = 71

/** NFPROTO_* of a table's family. */
export const NFTABLES_FAMILIES: Readonly<Record<NftFamily, number>> = {
  inet: 1,
  ip: NFPROTO[4],
  arp: 3,
  netdev: 5,
  bridge: 7,
  ip6: NFPROTO[6],
}
const UNSPECIFIED = 0

const GENERATION = { id: [1, 'be32'] } as const satisfies AttributeTable
const DATA = { value: [1, 'bytes'] } as const satisfies AttributeTable
const ELEMENT = { key: [1, DATA], data: [2, DATA], flags: [3, 'be32'], keyEnd: [10, DATA] } as const satisfies AttributeTable
const ELEMENTS = { table: [1, 'text'], set: [2, 'text'], elements: [3, 'bytes'] } as const satisfies AttributeTable

/** The generation number of a namespace's ruleset. @throws KernelError */
export const readGeneration = (namespace?: Namespace): number => askNetfilter(namespace, generationOver)

/** The same over an open channel of netfilter's. @throws KernelError */
export const generationOver = (channel: Pick<NetlinkChannel, 'request'>): number => {
  const [reply] = channel.request(encodeGenerationQuery())
  return decodeGeneration(reply)
}

/** All elements of a set. @throws KernelError ENOENT for an unknown table or set */
export const readSetElements = (set: NftSetId, namespace?: Namespace): NftElement[] =>
  askNetfilter(namespace, (channel) => channel.dump(encodeElementsDump(set)).flatMap(decodeElements))

export const encodeGenerationQuery = (): NetlinkRequest => ({
  operation: 'read the nftables generation number',
  type: nftMessage(NFT_MSG_GETGEN),
  flags: 0,
  payload: nfnetlinkHeader(UNSPECIFIED),
  isPointQuery: true,
})

export const encodeElementsDump = ({ family, table, set }: NftSetId): NetlinkRequest => ({
  operation: `list elements of nftables set ${family} ${table} ${set}`,
  type: nftMessage(NFT_MSG_GETSETELEM),
  flags: 0,
  payload: [nfnetlinkHeader(NFTABLES_FAMILIES[family]), encodeAttributes(ELEMENTS, { table, set })],
})

export const decodeGeneration = (reply: NetlinkReply | undefined): number => {
  const id = reply && decodeAttributes(GENERATION, reply.payload.subarray(NFNETLINK_HEADER_BYTES)).id
  if (id === undefined) throw new KernelError('nftables generation number: none in the answer', EPROTO)
  return id
}

export const decodeElements = (reply: NetlinkReply): NftElement[] => {
  const { elements } = decodeAttributes(ELEMENTS, reply.payload.subarray(NFNETLINK_HEADER_BYTES))
  return elements === undefined ? [] : listElements(elements).flatMap(decodeElement)
}

/** A catch-all element (`*`) has no key and is left out. */
const decodeElement = (bytes: Buffer): NftElement[] => {
  const { key, data, flags = 0, keyEnd } = decodeAttributes(ELEMENT, bytes)
  if (key?.value === undefined) return []
  return [
    {
      key: key.value,
      ...(data?.value && { data: data.value }),
      ...(keyEnd?.value && { keyEnd: keyEnd.value }),
      intervalEnd: (flags & NFT_SET_ELEM_INTERVAL_END) !== 0,
    },
  ]
}
