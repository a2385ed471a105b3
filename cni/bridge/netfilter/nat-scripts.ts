/**
 * Changes of table nat as one transaction each. A script states what it was planned on: `-N` fails for a chain that is there, `-F` for one
 * that is not, `-C` and `-D` for a rule that is not. So it fails as a whole when somebody else changed them, and is planned again.
 */
import { asListed, deletion, jumps, type NatTable, natTransaction } from '#kernel/nat-table.ts'
import type { IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { AttachmentId } from './edges.ts'
import { masqueradeChain, masqueradeRules } from './nat-rules.ts'

/** Addresses of one family that are to be masqueraded. */
export interface NatSetup {
  readonly id: AttachmentId
  readonly addresses: readonly Cidr[]
}

/**
 * The script that masquerades addresses of one family, whatever stands in the table. All subnets are accepted before the rest is
 * masqueraded; the reference appends a second one behind, where it is never reached.
 */
export const setupScript = ({ id, addresses }: NatSetup, table: NatTable): string => {
  const { accept, masquerade, jumps: wanted } = masqueradeRules(id, addresses)
  const chain = masqueradeChain(id)
  const accepting = accept.map(asListed)
  const others = table.rules.filter((rule) => rule.startsWith(`-A ${chain} `) && rule.endsWith(' -j ACCEPT') && !accepting.includes(rule))
  return natTransaction([
    `${table.chains.has(chain) ? '-F' : '-N'} ${chain}`,
    ...others,
    ...accepting,
    asListed(masquerade),
    ...wanted.map((rule) => `${table.rules.includes(asListed(rule)) ? '-C' : '-A'} ${rule.chain} ${rule.spec}`),
  ])
}

/** A chain that is to go, and the sources for which it must stay. */
export interface NatTeardown {
  readonly chain: string
  readonly kept: readonly IpAddress[]
}

/** The script that removes these chains and what leads to them, or undefined when there is nothing to be done. */
export const teardownScript = (teardowns: readonly NatTeardown[], table: NatTable): string | undefined => {
  const commands = teardowns.flatMap((teardown) => teardownCommands(teardown, table))
  return commands.length === 0 ? undefined : natTransaction(commands)
}

/** A chain goes with the last rule that leads to it. */
const teardownCommands = ({ chain, kept }: NatTeardown, table: NatTable): string[] => {
  if (!table.chains.has(chain)) return []
  const leading = jumps(table, { chain: 'POSTROUTING', target: chain })
  const gone = leading.filter((rule) => !kept.includes(sourceOf(rule)))
  return [...gone.map(deletion), ...(gone.length === leading.length ? [`-F ${chain}`, `-X ${chain}`] : [])]
}

const sourceOf = (rule: string): IpAddress => / -s ([^/ ]+)/.exec(rule)?.[1] ?? ''
