/**
 * Messages about single rules and chains of nf_tables. iptables-nft's rules are such rules too: tables `nat`, `mangle`, … of `ip` and `ip6`.
 *
 *   GETRULE (dump): TABLE, CHAIN -> NEWRULE: TABLE, CHAIN, HANDLE be64, EXPRESSIONS, USERDATA
 *   expression: NAME, DATA; userdata: u8 type | u8 length | value, type 0 = comment
 *   changes stand between BATCH_BEGIN and BATCH_END, whose resource id is the subsystem: all of them or none
 *   DELRULE: TABLE, CHAIN, HANDLE; DELCHAIN: TABLE, NAME
 *
 * @see include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h, include/libnftnl/udata.h
 */
import { type AttributeTable, decodeAttributes, encodeAttributes, listElements } from './netlink/attributes.ts'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { NFNETLINK_HEADER_BYTES, NFPROTO, nfnetlinkHeader } from './netlink/nfnetlink.ts'
import type { NftChainId, TableFamily } from './nftables-presence.ts'
import { beginTransaction, EXPRESSION, EXTENSION, endTransaction, NFT_MSG_NEWRULE, nftMessage, RULE } from './nftables-wire.ts'

/** A rule that is there. */
export interface NftRule extends NftChainId<TableFamily> {
  /** The kernel's number for it in its table, never used again. */
  readonly handle: number
  /** Of nft, or of iptables' match `comment`. */
  readonly comment?: string
  /** The chain that it jumps to. */
  readonly jump?: string
  /** What it compares packets with and loads into registers, and the parameters of iptables' targets, as bytes. */
  readonly values: readonly Buffer[]
}

/** A change: one rule less, or one chain less, with all its rules. */
export type NftRemoval =
  | { readonly rule: NftChainId<TableFamily> & { readonly handle: number } }
  | { readonly chain: NftChainId<TableFamily> }

const NFT_MSG_DELCHAIN = 5
const NFT_MSG_GETRULE = 7
const NFT_MSG_DELRULE = 8

const VERDICT = { chain: [2, 'text'] } as const satisfies AttributeTable
const DATA = { value: [1, 'bytes'], verdict: [2, VERDICT] } as const satisfies AttributeTable
/** Of `immediate`. */
const IMMEDIATE = { data: [2, DATA] } as const satisfies AttributeTable
/** Of `cmp`. */
const COMPARISON = { data: [3, DATA] } as const satisfies AttributeTable
const CHAIN = { table: [1, 'text'], name: [3, 'text'] } as const satisfies AttributeTable

export const encodeRulesDump = ({
  family,
  table,
  chain,
}: {
  family: TableFamily
  table: string
  chain?: string | undefined
}): NetlinkRequest => ({
  operation: `list rules of nftables table ${table}`,
  type: nftMessage(NFT_MSG_GETRULE),
  flags: 0,
  payload: [nfnetlinkHeader(NFPROTO[family]), encodeAttributes(RULE, { table, chain })],
})

/** The messages of one transaction. */
export const encodeRemovals = (removals: readonly NftRemoval[]): NetlinkRequest[] => [
  beginTransaction(),
  ...removals.flatMap((removal) => ('rule' in removal ? [encodeRuleRemoval(removal.rule)] : encodeChainRemoval(removal.chain))),
  endTransaction(),
]

const encodeRuleRemoval = ({ family, table, chain, handle }: NftChainId<TableFamily> & { readonly handle?: number }): NetlinkRequest => ({
  operation: `delete rules of nftables chain ${table} ${chain}`,
  type: nftMessage(NFT_MSG_DELRULE),
  flags: 0,
  payload: [
    nfnetlinkHeader(NFPROTO[family]),
    encodeAttributes(RULE, { table, chain, handle: handle === undefined ? undefined : handleBytes(handle) }),
  ],
})

const handleBytes = (handle: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(handle))
  return bytes
}

const encodeChainRemoval = (id: NftChainId<TableFamily>): NetlinkRequest[] => [
  encodeRuleRemoval(id),
  {
    operation: `delete nftables chain ${id.table} ${id.chain}`,
    type: nftMessage(NFT_MSG_DELCHAIN),
    flags: 0,
    payload: [nfnetlinkHeader(NFPROTO[id.family]), encodeAttributes(CHAIN, { table: id.table, name: id.chain })],
  },
]

/** A rule of a dump; undefined for anything else. */
export const decodeRule = (reply: NetlinkReply, family: TableFamily): NftRule | undefined => {
  const { table, chain, handle, expressions, userdata } = decodeAttributes(RULE, reply.payload.subarray(NFNETLINK_HEADER_BYTES))
  if (reply.type !== nftMessage(NFT_MSG_NEWRULE) || table === undefined || chain === undefined || handle === undefined) return undefined
  const facts = expressions === undefined ? [] : listElements(expressions).map(factsOf)
  const comment = (userdata && commentOf(userdata)) ?? facts.find((each) => each.comment !== undefined)?.comment
  const jump = facts.find((each) => each.jump !== undefined)?.jump
  return {
    family,
    table,
    chain,
    handle: Number(handle.readBigUInt64BE(0)),
    ...(comment !== undefined && { comment }),
    ...(jump !== undefined && { jump }),
    values: facts.flatMap(({ value }) => value ?? []),
  }
}

interface Facts {
  readonly comment?: string | undefined
  readonly jump?: string | undefined
  readonly value?: Buffer | undefined
}

const factsOf = (expression: Buffer): Facts => {
  const { name, data } = decodeAttributes(EXPRESSION, expression)
  if (name === undefined || data === undefined) return {}
  return FACTS[name]?.(data) ?? {}
}

const FACTS: Readonly<Record<string, (data: Buffer) => Facts>> = {
  immediate: (bytes) => {
    const { data } = decodeAttributes(IMMEDIATE, bytes)
    return { jump: data?.verdict?.chain, value: data?.value }
  },
  cmp: (bytes) => ({ value: decodeAttributes(COMPARISON, bytes).data?.value }),
  target: (bytes) => ({ value: decodeAttributes(EXTENSION, bytes).info }),
  match: (bytes) => {
    const { name, info } = decodeAttributes(EXTENSION, bytes)
    return name === 'comment' && info !== undefined ? { comment: textOf(info) } : {}
  },
}

const COMMENT = 0

/** The comment in the user data of a rule as nft writes it. */
export const commentOf = (userdata: Buffer): string | undefined => {
  for (let offset = 0; offset + 2 <= userdata.length; ) {
    const end = offset + 2 + userdata.readUInt8(offset + 1)
    if (userdata.readUInt8(offset) === COMMENT) return textOf(userdata.subarray(offset + 2, end))
    offset = end
  }
  return undefined
}

/** Text up to its first NUL. */
export const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/\0.*$/s, '')
