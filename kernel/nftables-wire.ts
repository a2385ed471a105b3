/**
 * What all our messages of nf_tables share: numbers, the attributes of rules and their expressions, and the bounds of a transaction.
 *
 *   BATCH_BEGIN (resource id = subsystem): GENID be32, refused with ERESTART when the ruleset has another generation by now
 *   rule: TABLE, CHAIN, HANDLE be64, EXPRESSIONS, USERDATA; expression: NAME, DATA; of `match` and `target`: NAME, INFO
 *
 * @see include/uapi/linux/netfilter/nf_tables.h, nf_tables_compat.h and nfnetlink.h
 */
import { type AttributeTable, encodeAttributes } from './netlink/attributes.ts'
import type { NetlinkRequest } from './netlink/message.ts'

const SUBSYSTEM = 10
const NFNL_MSG_BATCH_BEGIN = 0x10
const NFNL_MSG_BATCH_END = 0x11

/** A netlink message type from one of nf_tables' own, NFT_MSG_*. */
export const nftMessage = (message: number): number => (SUBSYSTEM << 8) | message

export const NFT_MSG_NEWCHAIN = 3
export const NFT_MSG_GETCHAIN = 4
export const NFT_MSG_NEWRULE = 6

export const RULE = {
  table: [1, 'text'],
  chain: [2, 'text'],
  handle: [3, 'bytes'],
  expressions: [4, 'bytes'],
  userdata: [7, 'bytes'],
} as const satisfies AttributeTable
export const EXPRESSION = { name: [1, 'text'], data: [2, 'bytes'] } as const satisfies AttributeTable
/** Of `match` and `target`. */
export const EXTENSION = { name: [1, 'text'], info: [3, 'bytes'] } as const satisfies AttributeTable

const BEGIN = { generation: [1, 'be32'] } as const satisfies AttributeTable

/** @param generation the only one of the ruleset that the transaction is for; none = any */
export const beginTransaction = (generation?: number): NetlinkRequest => ({
  operation: 'begin nftables transaction',
  type: NFNL_MSG_BATCH_BEGIN,
  flags: 0,
  payload: [batchHeader(), encodeAttributes(BEGIN, { generation })],
})

export const endTransaction = (): NetlinkRequest => ({
  operation: 'end nftables transaction',
  type: NFNL_MSG_BATCH_END,
  flags: 0,
  payload: batchHeader(),
})

const batchHeader = (): Buffer => Buffer.from([0, 0, 0, SUBSYSTEM])
