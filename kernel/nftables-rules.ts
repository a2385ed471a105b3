/** Listing and removing single rules of nf_tables by netlink: microseconds, where nft and iptables take milliseconds and a process. */
import { hasCode } from './errno.ts'
import type { Namespace } from './namespace.ts'
import type { NetlinkChannel } from './netlink/channel.ts'
import { askNetfilter } from './netlink/nfnetlink.ts'
import { NETLINK_NETFILTER, openNetlinkSocket } from './netlink/socket.ts'
import { transactionOver } from './netlink/transaction.ts'
import type { NftTableId, TableFamily } from './nftables-presence.ts'
import { decodeRule, encodeRemovals, encodeRulesDump, type NftRemoval, type NftRule } from './nftables-rule-messages.ts'

/** A table, or one chain of it. */
export interface NftRulesOf extends NftTableId<TableFamily> {
  readonly chain?: string
}

/** Rules of one namespace's nf_tables. All throw a KernelError for other failures (EPERM). */
export interface NftRules {
  /** A table's rules, or one chain's, in their order; none where there is no such table, or no nf_tables. */
  list(where: NftRulesOf): NftRule[]
  /**
   * Removes all of these in one transaction, or nothing. Nothing is sent for an empty list.
   * @throws KernelError ENOENT when something is gone already, EBUSY for a chain that a rule still jumps to
   */
  remove(removals: readonly NftRemoval[]): void
}

export const openNftRules = (namespace?: Namespace): NftRules => ({
  list: (where) => {
    try {
      return askNetfilter(namespace, (channel) => rulesOver(channel, where))
    } catch (error) {
      if (hasCode(error, ...ABSENT)) return []
      throw error
    }
  },
  remove: (removals) => {
    if (removals.length === 0) return
    const socket = openNetlinkSocket(NETLINK_NETFILTER, namespace)
    try {
      transactionOver(socket, encodeRemovals(removals))
    } finally {
      socket.close()
    }
  },
})

/** Answers for a table, a subsystem, and a protocol that this kernel does not have. */
const ABSENT = ['ENOENT', 'EINVAL', 'EPROTONOSUPPORT', 'EOPNOTSUPP']

export const rulesOver = (channel: Pick<NetlinkChannel, 'dump'>, where: NftRulesOf): NftRule[] =>
  channel
    .dump(encodeRulesDump(where))
    .flatMap((reply) => decodeRule(reply, where.family) ?? [])
    // Old kernels dump more than they were asked for.
    .filter(({ table, chain }) => table === where.table && (where.chain === undefined || chain === where.chain))
