/**
 * What a table of nf_tables is made of, as the kernel tells it: milliseconds, where `nft -j list table` is a process and a text to parse. Only what
 * whoever wrote the table has decided: no handles, no counts of uses, and elements of those sets alone that stand in a rule.
 *
 *   GETTABLE: NAME -> NEWTABLE; dumps of GETCHAIN, GETSET (TABLE), GETRULE (TABLE), GETSETELEM (TABLE, SET)
 *   NEWCHAIN: TABLE, NAME
 *
 * @see include/uapi/linux/netfilter/nf_tables.h
 */
import { hasCode } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { type AttributeTable, decodeAttributes, encodeAttributes, listElements } from './netlink/attributes.ts'
import type { NetlinkChannel } from './netlink/channel.ts'
import { type NetlinkReply, type NetlinkRequest, NLM_F_CREATE } from './netlink/message.ts'
import { askNetfilter, NFNETLINK_HEADER_BYTES, nfnetlinkHeader } from './netlink/nfnetlink.ts'
import { NETLINK_NETFILTER, openNetlinkSocket } from './netlink/socket.ts'
import { transactionOver } from './netlink/transaction.ts'
import type { NftFamily } from './nftables.ts'
import { encodeElementsDump, NFTABLES_FAMILIES } from './nftables-netlink.ts'
import { beginTransaction, endTransaction, NFT_MSG_GETCHAIN, NFT_MSG_NEWCHAIN, NFT_MSG_NEWRULE, nftMessage } from './nftables-wire.ts'

export interface NftTable {
  readonly family: NftFamily
  readonly table: string
}

/** One thing that a table is made of; two with the same text are alike. */
export interface NftPart {
  readonly text: string
  /** Its name, if it is a chain. */
  readonly chain?: string
}

export interface NftShapes {
  /** All parts of a table, rules in their order; undefined where there is no such table. @throws KernelError */
  read(table: NftTable): readonly NftPart[] | undefined
  /** Adds a chain without rules, in a transaction of its own. @throws KernelError */
  addChain(table: NftTable, chain: string): void
}

/** Of `namespace`, by default the calling thread's. */
export const openNftShapes = (namespace?: Namespace): NftShapes => ({
  read: (table) => askNetfilter(namespace, (channel) => shapeOver(channel, table)),
  addChain: (table, chain) => {
    const socket = openNetlinkSocket(NETLINK_NETFILTER, namespace)
    try {
      transactionOver(socket, [beginTransaction(), encodeChain(table, chain), endTransaction()])
    } finally {
      socket.close()
    }
  },
})

const NFT_MSG_NEWTABLE = 0
const NFT_MSG_GETTABLE = 1
const NFT_MSG_GETRULE = 7
const NFT_MSG_NEWSET = 9
const NFT_MSG_GETSET = 10
const NFT_SET_ANONYMOUS = 0x1

/** What counts of each; everything is compared as bytes. */
const TABLE = { name: [1, 'bytes'], flags: [2, 'bytes'] } as const satisfies AttributeTable
const CHAIN = {
  table: [1, 'bytes'],
  name: [3, 'bytes'],
  hook: [4, 'bytes'],
  policy: [5, 'bytes'],
  type: [7, 'bytes'],
  flags: [10, 'bytes'],
} as const satisfies AttributeTable
const SET = {
  table: [1, 'bytes'],
  name: [2, 'bytes'],
  flags: [3, 'bytes'],
  keyType: [4, 'bytes'],
  keyLength: [5, 'bytes'],
  dataType: [6, 'bytes'],
  dataLength: [7, 'bytes'],
  policy: [8, 'bytes'],
  timeout: [11, 'bytes'],
} as const satisfies AttributeTable
const RULE = {
  table: [1, 'bytes'],
  chain: [2, 'bytes'],
  expressions: [4, 'bytes'],
  userdata: [7, 'bytes'],
} as const satisfies AttributeTable
const ELEMENTS = { elements: [3, 'bytes'] } as const satisfies AttributeTable

const NAME_OF_TABLE = { name: [1, 'text'] } as const satisfies AttributeTable
const NAME_OF_CHAIN = { table: [1, 'text'], name: [3, 'text'] } as const satisfies AttributeTable

/** The same over an open channel, given so that tests can play the kernel. @throws KernelError */
export const shapeOver = (channel: Pick<NetlinkChannel, 'request' | 'dump'>, id: NftTable): readonly NftPart[] | undefined => {
  const table = tableOver(channel, id)
  if (table === undefined) return undefined
  const ask = (message: number): NetlinkRequest => encodeQuery(id, message)
  const isOurs = (values: { readonly table?: Buffer | undefined }): boolean => textIn(values.table) === id.table
  const chains = decoded(channel.dump(ask(NFT_MSG_GETCHAIN)), NFT_MSG_NEWCHAIN, CHAIN).filter(isOurs)
  const sets = decoded(channel.dump(ask(NFT_MSG_GETSET)), NFT_MSG_NEWSET, SET).filter(isOurs)
  const rules = decoded(channel.dump(ask(NFT_MSG_GETRULE)), NFT_MSG_NEWRULE, RULE).filter(isOurs)
  const constants = sets.filter(({ flags }) => flags !== undefined && (flags.readUInt32BE(0) & NFT_SET_ANONYMOUS) !== 0)
  return [
    ...table.map((values) => ({ text: textOf('table', TABLE, values) })),
    ...chains.map((values) => ({ text: textOf('chain', CHAIN, values), chain: textIn(values.name) })),
    ...sets.map((values) => ({ text: textOf('set', SET, values) })),
    ...rules.map((values) => ({ text: textOf('rule', RULE, values) })),
    ...constants.map(({ name }) => ({ text: constantText(channel, id, textIn(name)) })),
  ]
}

const tableOver = (channel: Pick<NetlinkChannel, 'request'>, { family, table }: NftTable) => {
  try {
    const replies = channel.request({
      operation: `look up nftables table ${family} ${table}`,
      type: nftMessage(NFT_MSG_GETTABLE),
      flags: 0,
      payload: [nfnetlinkHeader(NFTABLES_FAMILIES[family]), encodeAttributes(NAME_OF_TABLE, { name: table })],
    })
    return decoded(replies, NFT_MSG_NEWTABLE, TABLE)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A dump; of chains the kernel gives those of all tables. */
const encodeQuery = ({ family, table }: NftTable, message: number): NetlinkRequest => ({
  operation: `list what nftables table ${family} ${table} is made of`,
  type: nftMessage(message),
  flags: 0,
  payload: [nfnetlinkHeader(NFTABLES_FAMILIES[family]), encodeAttributes(NAME_OF_TABLE, { name: table })],
})

const encodeChain = ({ family, table }: NftTable, name: string): NetlinkRequest => ({
  operation: `add nftables chain ${family} ${table} ${name}`,
  type: nftMessage(NFT_MSG_NEWCHAIN),
  flags: NLM_F_CREATE,
  payload: [nfnetlinkHeader(NFTABLES_FAMILIES[family]), encodeAttributes(NAME_OF_CHAIN, { table, name })],
})

const decoded = <Table extends AttributeTable>(replies: readonly NetlinkReply[], message: number, table: Table) =>
  replies
    .filter(({ type }) => type === nftMessage(message))
    .map(({ payload }) => decodeAttributes(table, payload.subarray(NFNETLINK_HEADER_BYTES)))

const textOf = (kind: string, table: AttributeTable, values: Readonly<Record<string, Buffer | undefined>>): string =>
  [kind, ...Object.keys(table).map((name) => `${name}=${values[name]?.toString('hex') ?? ''}`)].join(' ')

/** A set without a name of its own is part of a rule, and never changes; the kernel keeps its elements in no order. */
const constantText = (channel: Pick<NetlinkChannel, 'dump'>, { family, table }: NftTable, set: string): string => {
  const elements = channel
    .dump(encodeElementsDump({ family, table, set }))
    .flatMap(({ payload }) =>
      listElements(decodeAttributes(ELEMENTS, payload.subarray(NFNETLINK_HEADER_BYTES)).elements ?? Buffer.alloc(0)),
    )
  return ['elements', set, ...elements.map((element) => element.toString('hex')).sort()].join(' ')
}

/** Without the NUL behind it. */
const textIn = (bytes: Buffer | undefined): string => bytes?.toString('utf8', 0, bytes.length - 1) ?? ''
