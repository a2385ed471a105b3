/** Scripts of `iptables-restore` that remove chains, and those that take back what a failed ADD made. */
import { deletion, jumps, type NatTable, natTransaction } from '#kernel/nat-table.ts'
import { DNAT_CHAIN, GUARD, isGuarded, type SharedChain, sharedChains } from './iptables-rules.ts'
import type { Setup } from './iptables-scripts.ts'
import type { Tables } from './tables.ts'

/** An attachment's chain, and the shared chain that leads to it. */
export interface Branch {
  readonly chain: string
  readonly from: string
}

/** The script that removes chains with what leads to them, or undefined when none is there. */
export const removalScript = (branches: readonly Branch[], nat: NatTable): string | undefined => {
  const commands = branches
    .filter(({ chain }) => nat.chains.has(chain))
    .flatMap(({ chain, from }) => [...jumps(nat, { chain: from, target: chain }).map(deletion), `-F ${chain}`, `-X ${chain}`])
  return commands.length === 0 ? undefined : natTransaction(commands)
}

/**
 * The script that gives an attachment's chain the rules it had before, and the entries that lead to it, in their places; undefined when they
 * stand as they did.
 */
export const restorationScript = (chain: string, before: NatTable, now: NatTable): string | undefined => {
  const own = ({ rules }: NatTable): string[] => rules.filter((rule) => rule.startsWith(`-A ${chain} `))
  const entries = (table: NatTable): string[] => jumps(table, { chain: DNAT_CHAIN, target: chain })
  if (`${[...own(before), ...entries(before)]}` === `${[...own(now), ...entries(now)]}`) return undefined
  const branches = ({ rules }: NatTable): string[] => rules.filter((rule) => rule.startsWith(`-A ${DNAT_CHAIN} `))
  const others = branches(now).length - entries(now).length
  const places = entries(before).map((rule, index) => Math.min(branches(before).indexOf(rule), others + index) + 1)
  return natTransaction([
    `${now.chains.has(chain) ? '-F' : '-N'} ${chain}`,
    ...own(before),
    ...entries(now).map(deletion),
    ...entries(before).map((rule, index) => rule.replace(`-A ${DNAT_CHAIN}`, `-I ${DNAT_CHAIN} ${places[index]}`)),
  ])
}

/**
 * The script that takes back the shared chains that were not there before; undefined when all were. It fails as a whole while anybody
 * uses one of them.
 */
export const retractionScript = ({ config, forwards: { family } }: Setup, before: Tables): string | undefined => {
  const made = sharedChains(config).filter(({ name }) => !before.nat.chains.has(name))
  const guard = isGuarded(config, family) && !before.mangle.chains.has(GUARD.name) ? [GUARD] : []
  const parts = [
    ...(made.length === 0 ? [] : [natTransaction(made.toReversed().flatMap(retraction))]),
    ...(guard.length === 0 ? [] : [natTransaction(guard.flatMap(retraction), 'mangle')]),
  ]
  return parts.length === 0 ? undefined : parts.join('')
}

/** Rules of others in the chain keep it from being removed. */
const retraction = ({ name, rules }: SharedChain): string[] => [...rules.map((rule) => `-D ${rule.chain} ${rule.spec}`), `-X ${name}`]
