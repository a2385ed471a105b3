/**
 * Whether a table of nf_tables belongs to one program alone: from Linux 5.12 on the kernel refuses (EPERM) what others change in it for as long as
 * that program lives. firewalld makes such a table from 2.1 on.
 *
 *   GETTABLE: NAME -> NEWTABLE: NAME, FLAGS be32
 *
 * @see include/uapi/linux/netfilter/nf_tables.h, NFT_TABLE_F_OWNER
 */
import { hasCode } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { type AttributeTable, decodeAttributes } from './netlink/attributes.ts'
import type { NetlinkReply } from './netlink/message.ts'
import { askNetfilter, NFNETLINK_HEADER_BYTES } from './netlink/nfnetlink.ts'
import { encodeTableQuery, type NftTableId, type TableFamily } from './nftables-presence.ts'

/** False for a table that is not there. @throws KernelError */
export const isOwnedTable = (id: NftTableId<TableFamily>, namespace?: Namespace): boolean => {
  try {
    return askNetfilter(namespace, (channel) => channel.request(encodeTableQuery(id))).some(saysOwned)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

const NFT_TABLE_F_OWNER = 0x2

const TABLE = { flags: [2, 'be32'] } as const satisfies AttributeTable

export const saysOwned = ({ payload }: Pick<NetlinkReply, 'payload'>): boolean => {
  const { flags = 0 } = decodeAttributes(TABLE, payload.subarray(NFNETLINK_HEADER_BYTES))
  return (flags & NFT_TABLE_F_OWNER) !== 0
}
