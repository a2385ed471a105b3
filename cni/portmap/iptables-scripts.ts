/**
 * Changes of table nat as one transaction each. A script states what it was planned on: it checks (`-C`) the rules that it found there and
 * creates (`-N`) the chains that it found missing, so when somebody else changed them in between it fails as a whole, and is planned
 * again. So no lock is needed, and no rule is ever there twice.
 */
import { asListed, deletion, jumps, type NatTable, natTransaction } from '#kernel/nat-table.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards } from './forwards.ts'
import {
  DNAT_CHAIN,
  entryRules,
  OLD_SNAT_CHAIN,
  oldSnatChain,
  ownChain,
  ownRules,
  type Rule,
  type SharedChain,
  sharedChains,
} from './iptables-rules.ts'

/** An attachment's mappings in one family. */
export interface Setup {
  readonly config: PortmapConfig
  readonly forwards: FamilyForwards
}

/** The script that makes an attachment's mappings, whatever stands in the table. */
export const setupScript = ({ config, forwards }: Setup, table: NatTable): string => {
  const own = ownChain(config)
  return natTransaction([
    ...sharedChains(config).flatMap((chain) => sharedCommands(chain, table)),
    // From here on the chain is empty, and there: `-F` of a missing one fails, like `-N` of one that is there.
    `${table.chains.has(own) ? '-F' : '-N'} ${own}`,
    ...ownRules(config, forwards).map(append),
    ...entryCommands(entryRules(config, forwards.family), jumps(table, { chain: DNAT_CHAIN, target: own })),
  ])
}

/** The script that removes an attachment's mappings, or undefined when there are none. */
export const teardownScript = (config: PortmapConfig, table: NatTable): string | undefined => {
  const commands = [
    ...removalCommands({ chain: ownChain(config), from: DNAT_CHAIN }, table),
    ...removalCommands({ chain: oldSnatChain(config), from: OLD_SNAT_CHAIN }, table),
  ]
  return commands.length === 0 ? undefined : natTransaction(commands)
}

const append = ({ chain, spec }: Rule): string => `-A ${chain} ${spec}`

const sharedCommands = ({ name, rules }: SharedChain, table: NatTable): string[] => {
  const creation = table.chains.has(name) ? [] : [`-N ${name}`]
  const commands = rules.map((rule) => {
    if (table.rules.includes(asListed(rule))) return `-C ${rule.chain} ${rule.spec}`
    return rule.first ? `-I ${rule.chain} 1 ${rule.spec}` : append(rule)
  })
  return [...creation, ...commands]
}

/** Entries that are right already keep their places among other attachments'. */
const entryCommands = (wanted: readonly Rule[], found: readonly string[]): string[] => {
  if (found.join('\n') === wanted.map(asListed).join('\n')) return []
  return [...found.map(deletion), ...wanted.map(append)]
}

const removalCommands = ({ chain, from }: { chain: string; from: string }, table: NatTable): string[] =>
  table.chains.has(chain) ? [...jumps(table, { chain: from, target: chain }).map(deletion), `-F ${chain}`, `-X ${chain}`] : []
