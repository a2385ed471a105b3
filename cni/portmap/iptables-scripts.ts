/**
 * Changes as scripts of `iptables-restore`, one transaction for each table. A script states what it was planned on: it checks (`-C`) the
 * rules that it found there and creates (`-N`) the chains that it found missing, so when somebody else changed them in between it fails,
 * and is planned again. So no rule is ever there twice, and no lock is needed but for creating chains (iptables-setup.ts).
 */
import { asListed, deletion, jumps, type NatRule, type NatTable, natBeginning, natTransaction } from '#kernel/nat-table.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards } from './forwards.ts'
import { DNAT_CHAIN, entryRules, GUARD, isGuarded, ownChain, ownRules, type SharedChain, sharedChains } from './iptables-rules.ts'
import type { Tables } from './tables.ts'

/** An attachment's mappings in one family. */
export interface Setup {
  readonly config: PortmapConfig
  readonly forwards: FamilyForwards
}

/** The script that makes an attachment's mappings, whatever stands in the tables. */
export const setupScript = ({ config, forwards }: Setup, { nat, mangle }: Tables): string => {
  const own = ownChain(config)
  const commands = [
    ...commandsOfShared(config, nat),
    // From here on the chain is empty, and there: `-F` of a missing one fails, like `-N` of one that is there.
    `${nat.chains.has(own) ? '-F' : '-N'} ${own}`,
    ...ownRules(config, forwards).map(append),
    ...entryCommands(entryRules(config, forwards.family), jumps(nat, { chain: DNAT_CHAIN, target: own })),
  ]
  const guarding = isGuarded(config, forwards.family) ? natTransaction(sharedCommands(GUARD, mangle), 'mangle') : ''
  return natTransaction(commands) + guarding
}

/** The lines with which such a script begins, whatever the attachment. */
export const setupBeginning = ({ config }: Setup, { nat }: Tables): string => natBeginning(commandsOfShared(config, nat))

const commandsOfShared = (config: PortmapConfig, nat: NatTable): string[] =>
  sharedChains(config).flatMap((chain) => sharedCommands(chain, nat))

/** A script that changes nothing, and fails unless all these rules are there. */
export const checkScript = (table: 'nat' | 'mangle', rules: readonly NatRule[]): string =>
  natTransaction(
    rules.map(({ chain, spec }) => `-C ${chain} ${spec}`),
    table,
  )

const append = ({ chain, spec }: NatRule): string => `-A ${chain} ${spec}`

const sharedCommands = ({ name, rules }: SharedChain, table: NatTable): string[] => {
  const creation = table.chains.has(name) ? [] : [`-N ${name}`]
  const commands = rules.map((rule) => {
    if (table.rules.includes(asListed(rule))) return `-C ${rule.chain} ${rule.spec}`
    return rule.first ? `-I ${rule.chain} 1 ${rule.spec}` : append(rule)
  })
  return [...creation, ...commands]
}

/** The newest attachment's entries stand first, so a port leads to it and not to one that has, or had, the same port before. */
const entryCommands = (wanted: readonly NatRule[], found: readonly string[]): string[] => [
  ...found.map(deletion),
  ...wanted.map(({ chain, spec }, index) => `-I ${chain} ${index + 1} ${spec}`),
]
