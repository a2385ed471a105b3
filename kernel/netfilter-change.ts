/**
 * Changes of netfilter that were planned on what was seen, or supposed, a moment ago: carried out in one transaction, and planned again when
 * somebody else's change came in between. Does nothing on its own: what runs the programs is an argument.
 */
import type { Family } from '#net/address.ts'
import { hasCode } from './errno.ts'
import type { Iptables } from './iptables.ts'
import { type NatTable, parseNatTable } from './nat-table.ts'
import type { Nftables } from './nftables.ts'
import type { NftRemoval } from './nftables-rule-messages.ts'
import type { NftRules } from './nftables-rules.ts'

/** One family's programs. */
export interface NatEdge {
  readonly iptables: Iptables
  readonly family: Family
}

export interface NatChange {
  /** What the table is thought to hold; undefined: it must be listed. */
  readonly supposed: NatTable | undefined
  /** The script for a table; undefined when nothing is to be done. */
  plan(table: NatTable): string | undefined
}

/** Every failure but the last was somebody else's success, so this many are enough. */
const TRIES = 20

/** Carries out a change of table nat, like changeByRestore. @throws IptablesError, CommandError */
export const changeNatTable = (edge: NatEdge, change: NatChange): void =>
  changeByRestore(edge, { ...change, observe: () => parseNatTable(edge.iptables.save(edge.family, 'nat')) })

export interface RestoreChange<State> {
  /** What the tables are thought to hold; undefined: they must be observed. */
  readonly supposed: State | undefined
  observe(): State
  /** The script for what the tables hold; undefined when nothing is to be done. */
  plan(state: State): string | undefined
}

/**
 * Carries out a change by `iptables-restore`. When it fails it is planned again, on what is observed then, as long as that makes another
 * plan: the same one would fail again, unless the kernel was only busy.
 * @throws IptablesError, CommandError
 */
export const changeByRestore = <State>({ iptables, family }: NatEdge, { supposed, observe, plan }: RestoreChange<State>): void => {
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

/**
 * Carries out the lines that `plan` finds to be done. A rule of a listing may be gone by then (ENOENT): then it is planned again, as long as
 * that makes another plan.
 * @throws NftError, CommandError
 */
export const changeNftables = (nftables: Nftables, plan: () => readonly string[]): void => {
  let script = scriptOf(plan())
  for (let tries = 1; script !== ''; tries++) {
    try {
      nftables.transaction(script)
      return
    } catch (error) {
      if (tries === TRIES || !hasCode(error, 'ENOENT')) throw error
      const next = scriptOf(plan())
      if (next === script) throw error
      script = next
    }
  }
}

/**
 * Removes by netlink, in one transaction, what `plan` finds. What somebody else has removed meanwhile (ENOENT), or newly leads to (EBUSY), is
 * looked up again.
 * @throws KernelError
 */
export const removeAgain = (rules: Pick<NftRules, 'remove'>, plan: () => readonly NftRemoval[]): void =>
  againAfter(['ENOENT', 'EBUSY'], () => rules.remove(plan()))

/** Does `action`, and does it again as long as it fails with one of `codes`: each time with what it sees then. @throws what it throws */
export const againAfter = (codes: readonly string[], action: () => void): void => {
  for (let tries = 1; ; tries++) {
    try {
      action()
      return
    } catch (error) {
      if (tries === TRIES || !hasCode(error, ...codes)) throw error
    }
  }
}

const scriptOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
