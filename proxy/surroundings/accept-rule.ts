/**
 * The one rule of ours in packet filters of others. An accept in our own table does not overrule their drop, so packets of Services, which our
 * table marks before (mark & 0x1000), are accepted at the top of every chain that would refuse what it does not know. Requests meet
 * the chains of hook input, for IPVS takes them there, and of hook output when it sends them on; replies those of hook forward, and of output
 * where the node itself answers. Pure: what is to be done, as data.
 */
import type { NftBaseChain } from '#kernel/nftables-base-chains.ts'
import type { NftChainId, TableFamily } from '#kernel/nftables-presence.ts'
import type { NftVerdictRule } from '#kernel/nftables-verdicts.ts'
import { SERVICE_MARK } from '../dataplane/rules.ts'
import type { LegacyRule, LegacyTable } from './legacy-table.ts'
import { refusesTheRest } from './refusal.ts'

/** By it the rule is known as ours. */
export const COMMENT = 'selvedge: packets of Services'

const HOOKS: readonly string[] = ['input', 'forward', 'output']
const OWN_TABLES: readonly string[] = ['selvedge']

/** Chains that are looked at: those that could refuse packets of Services. */
export const isForeignFilter = ({ family, table, hook, type }: NftBaseChain): boolean =>
  type === 'filter' && HOOKS.includes(hook) && family !== 'bridge' && !(family === 'inet' && OWN_TABLES.includes(table))

/** What is to be done to one chain. */
export type RuleChange<Rule> = { readonly verb: 'add' } | { readonly verb: 'remove'; readonly rules: readonly Rule[] }

/**
 * One rule of ours where a chain refuses the rest, none where it does not (any more), never two.
 * @param refuses asked only when the answer counts
 */
export const ruleChange = <Rule extends { readonly comment?: string }>(
  rules: readonly Rule[],
  refuses: boolean,
): RuleChange<Rule> | undefined => {
  const ours = rules.filter(({ comment }) => comment === COMMENT)
  if (refuses && ours.length === 0) return { verb: 'add' }
  const surplus = refuses ? ours.slice(1) : ours
  return surplus.length === 0 ? undefined : { verb: 'remove', rules: surplus }
}

/** What is to be done to a chain of nf_tables. */
export const nftChange = (
  chain: Pick<NftBaseChain, 'chain' | 'policy'>,
  rulesOf: (chain: string) => readonly NftVerdictRule[],
): RuleChange<NftVerdictRule> | undefined => ruleChange(rulesOf(chain.chain), refusesTheRest({ ...chain, rulesOf }))

const NFT_FAMILY = { 4: 'ip', 6: 'ip6', inet: 'inet', bridge: 'bridge' } as const

/** How `nft` and people write a chain's place: `ip filter INPUT`. */
export const chainText = ({ family, table, chain }: NftChainId<TableFamily>): string => `${NFT_FAMILY[family]} ${table} ${chain}`

/** The rule as a command of `nft -j`, in which no name is parsed; iptables-nft reads it as one of its own. @see libnftables-json(5) */
export const insertCommand = ({ family, table, chain }: NftChainId<TableFamily>): Readonly<Record<string, unknown>> => {
  const marked = { match: { op: '!=', left: { '&': [{ meta: { key: 'mark' } }, SERVICE_MARK] }, right: 0 } }
  return { insert: { rule: { family: NFT_FAMILY[family], table, chain, comment: COMMENT, expr: [marked, { accept: null }] } } }
}

const LEGACY_CHAINS = ['INPUT', 'FORWARD', 'OUTPUT']
const LEGACY_RULE = `-m mark ! --mark 0x0/0x${SERVICE_MARK.toString(16)} -m comment --comment "${COMMENT}" -j ACCEPT`

export interface LegacyChange {
  readonly chain: string
  readonly verb: 'add' | 'remove'
  /** Commands of iptables-restore. */
  readonly commands: readonly string[]
}

/** What is to be done to table filter of legacy iptables. */
export const legacyChanges = ({ chains, rules }: LegacyTable): LegacyChange[] => {
  const rulesOf = (chain: string): readonly LegacyRule[] => rules.get(chain) ?? []
  return chains
    .filter(({ chain }) => LEGACY_CHAINS.includes(chain))
    .flatMap((chain) => legacyChange(chain.chain, ruleChange(rulesOf(chain.chain), refusesTheRest({ ...chain, rulesOf }))))
}

/** Our rules in table filter of legacy iptables, to be removed. */
export const legacyRemovals = ({ chains, rules }: LegacyTable): LegacyChange[] =>
  chains.flatMap(({ chain }) => legacyChange(chain, ruleChange(rules.get(chain) ?? [], false)))

const legacyChange = (chain: string, change: RuleChange<LegacyRule> | undefined): LegacyChange[] => {
  if (change === undefined) return []
  if (change.verb === 'add') return [{ chain, verb: 'add', commands: [`-I ${chain} 1 ${LEGACY_RULE}`] }]
  return [{ chain, verb: 'remove', commands: change.rules.map(({ listed }) => listed.replace(/^-A/, '-D')) }]
}
