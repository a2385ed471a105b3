/** Host ports by iptables: usually one process for a change, planned on what netlink tells; more only when that does not suffice. */
import { hasCode } from '#kernel/errno.ts'
import type { Iptables } from '#kernel/iptables.ts'
import type { Family } from '#net/address.ts'
import type { PortmapConfig } from './config.ts'
import type { FamilyForwards } from './forwards.ts'
import { entryRules, oldSnatChain, ownChain, sharedChains } from './iptables-rules.ts'
import { setupScript, teardownScript } from './iptables-scripts.ts'
import { asListed, type NatTable, parseNatTable } from './nat-table.ts'
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
  apply(part, { supposed, plan: (table) => setupScript({ config: part.config, forwards }, table) })
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
  apply(part, { supposed, plan: (table) => teardownScript(part.config, table) })
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

interface Change {
  /** What the table is thought to hold; undefined: it must be listed. */
  readonly supposed: NatTable | undefined
  /** The script for a table; undefined when nothing is to be done. */
  plan(table: NatTable): string | undefined
}

/** Every failure but the last was somebody else's success, so this many are enough. */
const TRIES = 20

/**
 * Carries out a change. When it fails it is planned again, on a listing, as long as that makes another plan: the same one would fail again,
 * unless the kernel was only busy.
 */
const apply = ({ iptables, family }: NatPart, { supposed, plan }: Change): void => {
  const observe = (): NatTable => parseNatTable(iptables.save(family, 'nat'))
  let script = plan(supposed ?? observe())
  for (let tries = 1; script !== undefined; tries++) {
    try {
      iptables.restore(family, script)
      return
    } catch (error) {
      if (tries === TRIES || !hasCode(error, 'EIPTABLES', 'EAGAIN')) throw error
      const next = plan(observe())
      if (next === script && !hasCode(error, 'EAGAIN')) throw error
      script = next
    }
  }
}
