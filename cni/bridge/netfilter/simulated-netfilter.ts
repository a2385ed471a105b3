/**
 * Simulated packet filters for unit tests: which rules and chains of nf_tables are there is what a test says; changes go into the log, and
 * removals are carried out. What iptables is, is a test's choice too.
 */

import type { TableFamily } from '#kernel/nftables-presence.ts'
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import type { NetfilterEdges } from './edges.ts'

export interface SimulatedNetfilter extends NetfilterEdges {
  /** What stands in nf_tables. */
  readonly listed: NftRule[]
  /** Chains that are there, as `FAMILY TABLE CHAIN`. */
  readonly chains: Set<string>
  /** `legacy`: iptables has the tables of `saved`, of which netlink cannot tell. */
  variant: 'nf_tables' | 'legacy' | 'none'
  /** What iptables-save prints. */
  saved: Record<4 | 6, string>
}

/** A rule as a listing has it; of table nat's POSTROUTING, unless it is said otherwise. */
export const listedRule = (fields: Partial<NftRule> & Pick<NftRule, 'handle'>): NftRule => ({
  family: 4,
  table: 'nat',
  chain: 'POSTROUTING',
  values: [],
  ...fields,
})

/** @param act logs a change, or refuses it */
export const simulatedNetfilter = (act: (line: string) => void): SimulatedNetfilter => {
  const listed: NftRule[] = []
  const chains = new Set<string>()
  const unused = (): never => {
    throw new Error('not simulated')
  }
  const nameOf = (id: { family: TableFamily; table: string; chain: string }): string => `${id.family} ${id.table} ${id.chain}`
  const netfilter: SimulatedNetfilter = {
    listed,
    chains,
    variant: 'nf_tables',
    saved: { 4: '', 6: '' },
    iptables: {
      whyUnusable: () => (netfilter.variant === 'none' ? 'not installed' : undefined),
      hasChain: (id) => (netfilter.variant === 'legacy' ? undefined : chains.has(nameOf(id))),
      save: (family) => {
        act(`save ${family}`)
        return netfilter.saved[family]
      },
      restore: (family, script) => act(`restore ${family}\n${script}`),
      expectRestore: unused,
      announce: unused,
      settle: unused,
    },
    nftables: {
      transaction: (script) => act(`nft\n${script}`),
      transactionOf: (commands) => act(`nft ${JSON.stringify(commands)}`),
      listTable: unused,
      generation: unused,
      elements: unused,
    },
    presence: {
      available: () => true,
      hasTable: ({ family, table }) => [...chains].some((chain) => chain.startsWith(`${family} ${table} `)),
      hasChain: (id) => chains.has(nameOf(id)),
    },
    rules: {
      list: ({ family, table, chain }) =>
        listed.filter((rule) => rule.family === family && rule.table === table && (chain === undefined || rule.chain === chain)),
      remove: (removals) => {
        for (const removal of removals) {
          if ('rule' in removal) {
            act(`remove rule ${nameOf(removal.rule)} ${removal.rule.handle}`)
            listed.splice(0, listed.length, ...listed.filter(({ handle }) => handle !== removal.rule.handle))
          } else {
            act(`remove chain ${nameOf(removal.chain)}`)
            chains.delete(nameOf(removal.chain))
          }
        }
      },
    },
    isInstalled: () => true,
  }
  return netfilter
}
