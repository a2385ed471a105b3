/**
 * Tables nat and mangle of both families in memory: carries out the commands that this plugin writes, each table's all or none, prints what
 * stands there, and shows the same rules as nf_tables'.
 */

import { KernelError } from '#kernel/errno.ts'
import type { Iptables } from '#kernel/iptables.ts'
import type { NftRemoval, NftRule } from '#kernel/nftables-rule-messages.ts'
import type { NftRules } from '#kernel/nftables-rules.ts'
import { addressBytes } from '#net/address.ts'
import { type Chains, carryOut } from './simulated-table.ts'

export interface SimulatedIptables extends Iptables {
  /** Processes that would have been started, and given something, with what the restoring ones read. */
  readonly ran: { readonly program: string; readonly script?: string }[]
  /** Families whose program was started early, and waits. */
  readonly expected: ReadonlySet<4 | 6>
  /** What programs were told to begin with. */
  readonly announced: readonly (readonly [family: 4 | 6, beginning: string])[]
  /** Rules of a family's table as `iptables-save` prints them, chains as `:NAME`. */
  rules(family: 4 | 6, table?: TableName): string[]
  /** Puts something there, as another program would. */
  disturb(family: 4 | 6, script: string): void
  /** The same rules over netlink. */
  readonly nftRules: NftRules
}

export type TableName = 'nat' | 'mangle'

export interface SimulatedIptablesOptions {
  /** What `hasChain` can tell: everything (nf_tables), or nothing. */
  readonly chainsAreKnown?: boolean
  readonly unusable?: string
  /** Runs before a script is carried out, e.g. to do something meanwhile, or to refuse it. */
  readonly before?: (run: number, simulated: SimulatedIptables) => void
  /** Runs before rules are removed over netlink. */
  readonly beforeRemoval?: (removal: number, simulated: SimulatedIptables) => void
}

type Tables = Record<TableName, Chains>

export const simulatedIptables = (options: SimulatedIptablesOptions = {}): SimulatedIptables => {
  const { chainsAreKnown = true, unusable, before } = options
  const families: Record<4 | 6, Tables> = { 4: emptyTables(), 6: emptyTables() }
  const ran: { program: string; script?: string }[] = []
  const disturb = (family: 4 | 6, script: string): void => {
    for (const [table, lines] of sectionsOf(script)) {
      const chains: Chains = new Map([...families[family][table]].map(([name, rules]) => [name, [...rules]]))
      for (const line of lines) carryOut(chains, line)
      families[family][table] = chains
    }
  }
  const rules = (family: 4 | 6, table: TableName = 'nat'): string[] => {
    const chains = [...families[family][table]].toSorted(([one], [other]) => (one < other ? -1 : 1))
    return [...chains.map(([name]) => `:${name}`), ...chains.flatMap(([name, specs]) => specs.map((spec) => `-A ${name} ${spec}`))]
  }
  const printed = (family: 4 | 6, table: TableName): string[] => [
    `*${table}`,
    ...rules(family, table).map((rule) => (rule.startsWith(':') ? `${rule} - [0:0]` : rule)),
    'COMMIT',
  ]
  const expected = new Set<4 | 6>()
  const announced: [4 | 6, string][] = []
  const simulated: SimulatedIptables = {
    ran,
    rules,
    disturb,
    nftRules: netlinkOver({ options, families, simulated: () => simulated }),
    whyUnusable: () => unusable,
    hasChain: ({ family, table, chain }) => (chainsAreKnown ? families[family][table as TableName].has(chain) : undefined),
    save: (family) => {
      ran.push({ program: family === 4 ? 'iptables-save' : 'ip6tables-save' })
      return [...printed(family, 'mangle'), ...printed(family, 'nat'), ''].join('\n')
    },
    restore: (family, script) => {
      ran.push({ program: family === 4 ? 'iptables-restore' : 'ip6tables-restore', script })
      before?.(ran.length, simulated)
      disturb(family, script)
      expected.delete(family)
    },
    expected,
    announced,
    expectRestore: (family) => void expected.add(family),
    announce: (family, beginning) => void announced.push([family, beginning]),
    settle: () => expected.clear(),
  }
  return simulated
}

const emptyTables = (): Tables => ({
  nat: new Map(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => [name, []])),
  mangle: new Map(['PREROUTING'].map((name) => [name, []])),
})

/** Lines without a table are of nat. */
const sectionsOf = (script: string): [table: TableName, lines: string[]][] =>
  script
    .split('COMMIT\n')
    .filter((part) => part.trim() !== '')
    .map((part) => [part.startsWith('*mangle') ? 'mangle' : 'nat', part.split('\n').filter((line) => line.startsWith('-'))])

interface Netlink {
  readonly options: SimulatedIptablesOptions
  readonly families: Record<4 | 6, Tables>
  simulated(): SimulatedIptables
}

/** A rule's number stands for its family, table, chain and words, for ever. */
const netlinkOver = ({ options, families, simulated }: Netlink): NftRules => {
  const known: string[] = []
  const handleOf = (words: string): number => (known.includes(words) ? known.indexOf(words) : known.push(words) - 1)
  let removals = 0
  const removeOne = (removal: NftRemoval): void => {
    const { family, table, chain } = 'rule' in removal ? removal.rule : removal.chain
    const chains = families[family as 4 | 6][table as TableName]
    if (!chains.has(chain)) throw new KernelError('remove', ENOENT)
    if ('rule' in removal) {
      const words = known[removal.rule.handle] ?? ''
      const index = chains.get(chain)?.indexOf(words) ?? -1
      if (index < 0) throw new KernelError('remove', ENOENT)
      chains.get(chain)?.splice(index, 1)
      return
    }
    if ([...chains.values()].some((specs) => specs.some((spec) => spec.endsWith(` -j ${chain}`)))) throw new KernelError('remove', EBUSY)
    chains.delete(chain)
  }
  return {
    list: ({ family, table, chain = '' }) =>
      (families[family as 4 | 6][table as TableName]?.get(chain) ?? []).map((words) =>
        nftRule(words, { family, table, chain, handle: handleOf(words) }),
      ),
    remove: (wanted) => {
      removals += 1
      options.beforeRemoval?.(removals, simulated())
      const copies = structuredClone(families)
      try {
        for (const each of wanted) removeOne(each)
      } catch (error) {
        Object.assign(families, copies)
        throw error
      }
    },
  }
}

const ENOENT = 2
const EBUSY = 16

const nftRule = (words: string, id: Omit<NftRule, 'values'>): NftRule => {
  const comment = /--comment "((?:[^"\\]|\\.)*)"/.exec(words)?.[1]?.replaceAll(/\\(.)/g, '$1')
  const jump = / -j (CNI-\S+)$/.exec(words)?.[1]
  const destination = /--to-destination \[?([0-9a-f.:]+?)\]?:\d+$/.exec(words)?.[1]
  return {
    ...id,
    ...(comment !== undefined && { comment }),
    ...(jump !== undefined && { jump }),
    values: destination === undefined ? [] : [Buffer.from(addressBytes(destination))],
  }
}
