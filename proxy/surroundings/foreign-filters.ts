/**
 * Packet filters of others, kept open for Services: looks at every chain of nf_tables (iptables-nft's are such) and at legacy iptables, and puts
 * our one rule where it is missing, takes it away where it is not needed. One chain that cannot be changed does not stop the others.
 */
import type { LegacyFilter } from '#kernel/iptables-legacy.ts'
import type { Nftables } from '#kernel/nftables.ts'
import type { NftBaseChain } from '#kernel/nftables-base-chains.ts'
import type { NftChainId, NftTableId, TableFamily } from '#kernel/nftables-presence.ts'
import type { NftRemoval } from '#kernel/nftables-rule-messages.ts'
import type { NftVerdictRule } from '#kernel/nftables-verdicts.ts'
import { asError } from '../services/as-error.ts'
import {
  chainText,
  insertCommand,
  isForeignFilter,
  type LegacyChange,
  legacyChanges,
  legacyRemovals,
  nftChange,
  ruleChange,
} from './accept-rule.ts'
import { parseLegacyTable } from './legacy-table.ts'

export interface FilterEdges {
  readonly nftables: Pick<Nftables, 'transactionOf'>
  readonly baseChains: () => readonly NftBaseChain[]
  readonly rulesOf: (chain: NftChainId<TableFamily>) => readonly NftVerdictRule[]
  /** Whether a table belongs to one program alone. */
  readonly isOwned: (table: NftTableId<TableFamily>) => boolean
  readonly removeRules: (removals: readonly NftRemoval[]) => void
  readonly legacy: LegacyFilter
}

/** What was done to one chain, or why it could not be. */
export interface FilterChange {
  /** `nftables inet filter input`, `legacy iptables INPUT`. */
  readonly where: string
  readonly verb: 'add' | 'remove'
  readonly failure?: Error
}

/** Its owner can open a table, or give it up. */
export class OwnedTableError extends Error {
  override readonly name = 'OwnedTableError'
  constructor() {
    super(
      'the table belongs to another program alone (flag owner), and packets of Services are refused in it; firewalld gives it up with NftablesTableOwner=no in /etc/firewalld/firewalld.conf',
    )
  }
}

export interface ForeignFilters {
  /** Puts and removes what is to be. A few netlink questions; a process only for a change, and for legacy iptables where it is in use. */
  ensure(options?: { readonly legacy?: boolean }): FilterChange[]
  /** Removes every rule of ours. */
  remove(): FilterChange[]
}

export const createForeignFilters = (edges: FilterEdges): ForeignFilters => ({
  ensure: ({ legacy = true } = {}) => [...ensureNft(edges), ...(legacy ? changeLegacy(edges.legacy, legacyChanges) : [])],
  remove: () => [...removeNft(edges), ...changeLegacy(edges.legacy, legacyRemovals)],
})

const ensureNft = (edges: FilterEdges): FilterChange[] =>
  edges
    .baseChains()
    .filter(isForeignFilter)
    .flatMap((chain) => {
      const rulesOf = (name: string): readonly NftVerdictRule[] => edges.rulesOf({ ...chain, chain: name })
      const change = nftChange(chain, rulesOf)
      if (change === undefined) return []
      // Not even tried: an audit would start a process each time, for nothing.
      if (edges.isOwned(chain)) return [{ where: nftPlace(chain), verb: change.verb, failure: new OwnedTableError() }]
      if (change.verb === 'add') return [attempt(nftPlace(chain), 'add', () => edges.nftables.transactionOf([insertCommand(chain)]))]
      return [removal(edges, chain, change.rules)]
    })

const removeNft = (edges: FilterEdges): FilterChange[] =>
  edges
    .baseChains()
    .filter(isForeignFilter)
    .flatMap((chain) => {
      const change = ruleChange(edges.rulesOf(chain), false)
      return change?.verb === 'remove' ? [removal(edges, chain, change.rules)] : []
    })

const removal = (edges: FilterEdges, chain: NftBaseChain, rules: readonly NftVerdictRule[]): FilterChange =>
  attempt(nftPlace(chain), 'remove', () => edges.removeRules(rules.map(({ handle }) => ({ rule: { ...chain, handle } }))))

const nftPlace = (chain: NftChainId<TableFamily>): string => `nftables ${chainText(chain)}`

const changeLegacy = (legacy: LegacyFilter, plan: typeof legacyChanges): FilterChange[] =>
  ([4, 6] as const).flatMap((family) => {
    const name = family === 4 ? 'legacy iptables' : 'legacy ip6tables'
    try {
      const listing = legacy.save(family)
      const changes: readonly LegacyChange[] = listing === undefined ? [] : plan(parseLegacyTable(listing))
      return changes.map(({ chain, verb, commands }) =>
        attempt(`${name} ${chain}`, verb, () => legacy.restore(family, ['*filter', ...commands, 'COMMIT', ''].join('\n'))),
      )
    } catch (error) {
      return [{ where: name, verb: 'add', failure: asError(error) }]
    }
  })

const attempt = (where: string, verb: FilterChange['verb'], action: () => void): FilterChange => {
  try {
    action()
    return { where, verb }
  } catch (error) {
    return { where, verb, failure: asError(error) }
  }
}
