/**
 * Whether tables and chains of nf_tables are there, asked of the kernel by netlink: microseconds instead of a process.
 * The chains of iptables-nft are such chains too: table `nat` of family `ip` or `ip6`.
 *
 *   GETTABLE: NAME -> NEWTABLE, or ENOENT
 *   GETCHAIN: TABLE, NAME -> NEWCHAIN, or ENOENT
 *
 * @see include/uapi/linux/netfilter/nf_tables.h
 */
import type { Family } from '#net/address.ts'
import { hasCode, KernelError } from './errno.ts'
import { type AttributeTable, encodeAttributes } from './netlink/attributes.ts'
import type { NetlinkRequest } from './netlink/message.ts'
import { type AskNetfilter, NFPROTO, nfnetlinkHeader } from './netlink/nfnetlink.ts'
import { generationOver } from './nftables-netlink.ts'
import { nftMessage } from './nftables-wire.ts'

/** The families of tables: `ip` is 4, `ip6` is 6. */
export type TableFamily = Family | 'inet' | 'bridge'

export interface NftTableId<F extends TableFamily = Family> {
  readonly family: F
  readonly table: string
}

export interface NftChainId<F extends TableFamily = Family> extends NftTableId<F> {
  readonly chain: string
}

/** Questions to one namespace's nf_tables. A kernel without nf_tables has no tables. All throw a KernelError for other failures (EPERM). */
export interface NftPresence {
  /** Whether this kernel has nf_tables at all, and lets this process ask. */
  available(): boolean
  hasTable(id: NftTableId<TableFamily>): boolean
  hasChain(id: NftChainId<TableFamily>): boolean
}

export const openNftPresence = (ask: AskNetfilter): NftPresence => ({
  available: () => {
    try {
      return ask(generationOver) >= 0
    } catch (error) {
      if (error instanceof KernelError) return false
      throw error
    }
  },
  hasTable: (id) => answers(ask, encodeTableQuery(id)),
  hasChain: (id) => answers(ask, encodeChainQuery(id)),
})

const NFT_MSG_GETTABLE = 1
const NFT_MSG_GETCHAIN = 4

const TABLE = { name: [1, 'text'] } as const satisfies AttributeTable
const CHAIN = { table: [1, 'text'], name: [3, 'text'] } as const satisfies AttributeTable

export const encodeTableQuery = ({ family, table }: NftTableId<TableFamily>): NetlinkRequest => ({
  operation: `look up nftables table ${table}`,
  type: nftMessage(NFT_MSG_GETTABLE),
  flags: 0,
  payload: [nfnetlinkHeader(NFPROTO[family]), encodeAttributes(TABLE, { name: table })],
  isPointQuery: true,
})

export const encodeChainQuery = ({ family, table, chain }: NftChainId<TableFamily>): NetlinkRequest => ({
  operation: `look up nftables chain ${table} ${chain}`,
  type: nftMessage(NFT_MSG_GETCHAIN),
  flags: 0,
  payload: [nfnetlinkHeader(NFPROTO[family]), encodeAttributes(CHAIN, { table, name: chain })],
  isPointQuery: true,
})

/** nfnetlink answers EINVAL for a subsystem, and socket(2) EPROTONOSUPPORT for a protocol, that this kernel does not have. */
const ABSENT = ['ENOENT', 'EINVAL', 'EPROTONOSUPPORT', 'EOPNOTSUPP']

const answers = (ask: AskNetfilter, query: NetlinkRequest): boolean => {
  try {
    return ask((channel) => channel.request(query)).length > 0
  } catch (error) {
    if (hasCode(error, ...ABSENT)) return false
    throw error
  }
}
