/** What stands in a family's table nat: seen in a listing, or supposed from which chains are there. Pure. */

/** A rule: its chain, and its words. */
export interface NatRule {
  readonly chain: string
  readonly spec: string
}

export interface NatTable {
  readonly chains: ReadonlySet<string>
  /** In the words of `iptables-save`, in its order; the same rule may be there twice. */
  readonly rules: readonly string[]
}

/** A rule as a line of `iptables-save`, given that its words stand in that program's order. */
export const asListed = ({ chain, spec }: NatRule): string => `-A ${chain} ${spec}`

/** Reads what `iptables-save` printed of a table; one that it did not print is empty. */
export const parseNatTable = (listing: string, name = 'nat'): NatTable => {
  const all = listing.split('\n')
  const start = all.indexOf(`*${name}`)
  const lines = start < 0 ? [] : all.slice(start, all.indexOf('COMMIT', start))
  const chains = lines.flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? [])
  return { chains: new Set(chains), rules: lines.filter((line) => line.startsWith('-A ')) }
}

/** The rules of one chain that jump to another. */
export const jumps = ({ rules }: NatTable, { chain, target }: { chain: string; target: string }): string[] =>
  rules.filter((rule) => rule.startsWith(`-A ${chain} `) && rule.endsWith(` -j ${target}`))

/** The command that removes a rule, given as `iptables-save` lists it. */
export const deletion = (listed: string): string => listed.replace(/^-A/, '-D')

/** Commands on table nat, or another, as one transaction of `iptables-restore`. */
export const natTransaction = (commands: readonly string[], name = 'nat'): string => `${natBeginning(commands, name)}COMMIT\n`

/** The first lines of such a transaction; alone they change nothing. */
export const natBeginning = (commands: readonly string[], name = 'nat'): string => [`*${name}`, ...commands, ''].join('\n')
