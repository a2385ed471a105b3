/** Host ports by iptables: usually one process for a change, planned on what netlink tells; more only when that does not suffice. */
import type { Iptables } from '#kernel/iptables.ts'
import { asListed, type NatTable } from '#kernel/nat-table.ts'
import { changeNatTable } from '#kernel/netfilter-change.ts'
import type { Family } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards } from './forwards.ts'
import { entryRules, oldSnatChain, ownChain, sharedChains } from './iptables-rules.ts'
import { setupScript, teardownScript } from './iptables-scripts.ts'
import { refusalOf } from './refuse.ts'

/** One attachment's part of one family's table nat. */
export interface NatPart {
  readonly iptables: Iptables
  readonly config: PortmapConfig
  readonly family: Family
}

/** Makes the mappings. @throws IptablesError, CommandError; then nothing was changed */
export const setUpIptables = (part: NatPart, forwards: FamilyForwards): void => {
  const supposed = hasChain(part, ownChain(part.config)) === false ? supposedShared(part) : undefined
  changeNatTable(part, { supposed, plan: (table) => setupScript({ config: part.config, forwards }, table) })
}

/** Whether chains of this attachment are there; asked without a process, so it may stay open. */
export const hasChains = (part: NatPart): boolean | undefined => {
  const answers = [ownChain(part.config), oldSnatChain(part.config)].map((chain) => hasChain(part, chain))
  return answers.includes(true) || (answers.includes(undefined) ? undefined : false)
}

/** Removes the mappings, if there are any. @throws IptablesError, CommandError */
export const tearDownIptables = (part: NatPart): void => {
  const own = hasChain(part, ownChain(part.config))
  const old = hasChain(part, oldSnatChain(part.config))
  if (own === false && old === false) return
  const supposed = own === true && old === false ? supposedOwn(part) : undefined
  changeNatTable(part, { supposed, plan: (table) => teardownScript(part.config, table) })
}

const hasChain = ({ iptables, family }: NatPart, chain: string): boolean | undefined => iptables.hasChain({ family, table: 'nat', chain })

/** A shared chain that is there is supposed to have its rules, and the rules that lead to it. */
const supposedShared = (part: NatPart): NatTable => {
  const present = sharedChains(part.config).filter(({ name }) => hasChain(part, name))
  return { chains: new Set(present.map(({ name }) => name)), rules: present.flatMap(({ rules }) => rules.map(asListed)) }
}

/**
 * The attachment's chain is supposed to be entered by what this config makes. Only a config that ADD would have accepted is put into a
 * script; one without mappings tells nothing.
 */
const supposedOwn = ({ config, family }: NatPart): NatTable | undefined => {
  if (config.mappings.length === 0 || refusalOf(config, 'iptables') !== undefined) return undefined
  return { chains: new Set([ownChain(config)]), rules: entryRules(config, family).map(asListed) }
}
