/** Making host ports by iptables: one process, planned on what netlink tells; more only when that does not suffice. */
import { hasCode } from '#kernel/errno.ts'
import { asListed, type NatTable } from '#kernel/nat-table.ts'
import { changeByRestore, changeNatTable } from '#kernel/netfilter-change.ts'
import { restorationScript, retractionScript } from './iptables-removal.ts'
import { DNAT_CHAIN, GUARD, isGuarded, ownChain, type SharedChain, sharedChains } from './iptables-rules.ts'
import { type Setup, setupBeginning, setupScript } from './iptables-scripts.ts'
import { removeChains } from './iptables-teardown.ts'
import { hasChain, type NatPart, observeTables } from './nat-part.ts'
import type { Tables } from './tables.ts'

/** Runs an action while no other process does the same. */
export type Alone = (action: () => void) => void

/** A change that can be taken back. */
export interface Change {
  /** @throws IptablesError, CommandError; then a part may have been made */
  make(): void
  undo(): void
}

/**
 * The mappings of one family, planned on what stands there now. `alone` keeps other processes of ours out: iptables 1.8 lets two that create
 * one chain at the same time both succeed, and both fill it.
 * @throws IptablesError, CommandError
 */
export const iptablesChange = (part: NatPart, setup: Setup, alone: Alone): Change => {
  const isNew = hasChain(part, 'nat', ownChain(setup.config)) === false
  const before = isNew ? supposedShared(part, setup) : observeTables(part)
  const change = (supposed: Tables): void =>
    changeByRestore(part, { supposed, observe: () => observeTables(part), plan: (tables) => setupScript(setup, tables) })
  return {
    make: () => {
      if (hasShared(setup, before)) {
        part.iptables.announce(part.family, setupBeginning(setup, before))
        change(before)
      } else alone(() => change(isNew ? supposedShared(part, setup) : observeTables(part)))
    },
    undo: () => {
      undoOwn(part, ownChain(setup.config), before)
      retract(part, retractionScript(setup, before))
    },
  }
}

/** What the container had before is given back: a repeated ADD that fails must not take away what works. */
const undoOwn = (part: NatPart, chain: string, before: Tables): void => {
  if (!before.nat.chains.has(chain)) removeChains(part, { branches: [{ chain, from: DNAT_CHAIN }] })
  else changeNatTable(part, { supposed: undefined, plan: (now) => restorationScript(chain, before.nat, now) })
}

/** Whether the chains that all attachments share are there. */
const hasShared = ({ config, forwards }: Setup, { nat, mangle }: Tables): boolean =>
  sharedChains(config).every(({ name }) => nat.chains.has(name)) && (!isGuarded(config, forwards.family) || mangle.chains.has(GUARD.name))

/** A shared chain that is there is supposed to have its rules, and the rules that lead to it. */
const supposedShared = (part: NatPart, { config }: Setup): Tables => ({
  nat: supposedTable(part, 'nat', sharedChains(config)),
  mangle: supposedTable(part, 'mangle', isGuarded(config, part.family) ? [GUARD] : []),
})

const supposedTable = (part: NatPart, table: 'nat' | 'mangle', chains: readonly SharedChain[]): NatTable => {
  const present = chains.filter(({ name }) => hasChain(part, table, name))
  return { chains: new Set(present.map(({ name }) => name)), rules: present.flatMap(({ rules }) => rules.map(asListed)) }
}

/** Shared chains that others use by now stay. */
const retract = ({ iptables, family }: NatPart, script: string | undefined): void => {
  if (script === undefined) return
  try {
    iptables.restore(family, script)
  } catch (error) {
    if (!hasCode(error, 'EIPTABLES', 'EAGAIN')) throw error
  }
}
