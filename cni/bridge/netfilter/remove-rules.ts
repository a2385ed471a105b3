/** Removes an attachment's rules, of both packet filters: by netlink, without a process, unless iptables is of the legacy variant. */
import type { NatTable } from '#kernel/nat-table.ts'
import { changeNatTable, removeAgain } from '#kernel/netfilter-change.ts'
import type { AttachmentId, NetfilterEdges } from './edges.ts'
import { masqueradeChain } from './nat-rules.ts'
import { type NatTeardown, teardownScript } from './nat-scripts.ts'
import { type Departure, masqueradeRemovals, sourceRemovals } from './removals.ts'

/**
 * Removes what masquerades. What is not there is no failure. Legacy iptables, which costs a process for each family, is asked only where
 * `isExpected`. @throws KernelError, IptablesError, CommandError
 */
export const removeMasquerade = (edges: NetfilterEdges, departure: Departure, { isExpected }: { isExpected: boolean }): void => {
  removeAgain(edges.rules, () => masqueradeRemovals(edges, departure))
  const chain = masqueradeChain(departure.id)
  if (isExpected) removeLegacy(edges, chain, () => [{ chain, kept: departure.kept }])
}

/** Removes what checks the container's hardware address. @throws KernelError */
export const removeSourceCheck = (edges: NetfilterEdges, id: AttachmentId): void =>
  removeAgain(edges.rules, () => sourceRemovals(edges, id))

/** Where only iptables itself can tell whether `chain` is there, has it remove what `plan` finds in the table. */
export const removeLegacy = ({ iptables }: NetfilterEdges, chain: string, plan: (table: NatTable) => readonly NatTeardown[]): void => {
  for (const family of [4, 6] as const) {
    if (iptables.hasChain({ family, table: 'nat', chain }) !== undefined || iptables.whyUnusable(family) !== undefined) continue
    changeNatTable({ iptables, family }, { supposed: undefined, plan: (table) => teardownScript(plan(table), table) })
  }
}
