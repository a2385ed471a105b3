/** One attachment's part of one family's iptables, and what is asked about it. */
import type { Iptables } from '#kernel/iptables.ts'
import type { NftRules } from '#kernel/nftables-rules.ts'
import type { Family } from '#net/address.ts'
import { parseTables, type Tables } from './tables.ts'

export interface NatEdges {
  readonly iptables: Iptables
  /** The rules of nf_tables, which iptables' are too where it is that variant. */
  readonly rules: NftRules
}

export interface NatPart extends NatEdges {
  readonly family: Family
}

/** Whether a chain is there; undefined when only a listing can tell. */
export const hasChain = ({ iptables, family }: NatPart, table: 'nat' | 'mangle', chain: string): boolean | undefined =>
  iptables.hasChain({ family, table, chain })

export const observeTables = ({ iptables, family }: NatPart): Tables => parseTables(iptables.save(family))
