/** Our tables as one nft script: `inet selvedge` with rules and sets, `arp selvedge` that keeps VIPs from being answered for on a link. */
import type { NftObject } from '#kernel/nftables.ts'
import { CHAINS, rulesOf, type TableConfig } from './rules.ts'
import { ARP_TABLE, ARP_VIPS, setStatements, staleSetStatements, TABLE } from './sets.ts'

/** Our tables as `nft -j` lists them; empty when there are none. */
export interface PresentTables {
  readonly inet: readonly NftObject[]
  readonly arp: readonly NftObject[]
}

const NOTHING: PresentTables = { inet: [], arp: [] }

/**
 * A script that makes our tables what they must be, in one transaction, and leaves the sets' elements as they are. Chains are made anew,
 * since the kernel does not move one to another hook.
 */
export const tableScript = (config: TableConfig, present = NOTHING): string =>
  [
    `add table ${TABLE}`,
    ...chainRemovals(TABLE, present.inet),
    ...staleSetStatements(present.inet),
    ...setStatements(),
    ...CHAINS.map(([name, hook]) => `add chain ${TABLE} ${name}${hook === '' ? '' : ` { ${hook} }`}`),
    ...rulesOf(config).map(([chain, rule]) => `add rule ${TABLE} ${chain} ${rule}`),
    `add table ${ARP}`,
    ...chainRemovals(ARP, present.arp),
    `add set ${ARP} ${ARP_VIPS} { type ipv4_addr; }`,
    `add chain ${ARP} input { type filter hook input priority filter; policy accept; }`,
    // A VIP is on every node, and no node's own on a link: whoever announces it there answers by himself.
    `add rule ${ARP} input arp operation request arp daddr ip @${ARP_VIPS} drop`,
    '',
  ].join('\n')

const ARP = `${ARP_TABLE.family} ${ARP_TABLE.table}`

/** Rules first: a chain that another one goes to cannot be deleted. */
const chainRemovals = (table: string, present: readonly NftObject[]): string[] => {
  const names = chainNames(present)
  return [...names.map((name) => `flush chain ${table} ${name}`), ...names.map((name) => `delete chain ${table} ${name}`)]
}

export const chainNames = (present: readonly NftObject[]): string[] =>
  present.flatMap((object) => {
    const chain = object.chain as { readonly name: string } | undefined
    return chain === undefined ? [] : [chain.name]
  })
