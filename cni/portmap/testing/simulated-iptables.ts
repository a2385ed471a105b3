/** Table nat of both families in memory: carries out the commands that this plugin writes, all or none, and prints what stands there. */
import type { Iptables } from '#kernel/iptables.ts'

export interface SimulatedIptables extends Iptables {
  /** Processes that would have been started, with what the restoring ones read. */
  readonly ran: { readonly program: string; readonly script?: string }[]
  /** Rules of a family as `iptables-save` prints them, chains as `:NAME`. */
  rules(family: 4 | 6): string[]
  /** Puts something there, as another program would. */
  disturb(family: 4 | 6, script: string): void
}

export interface SimulatedIptablesOptions {
  /** What `hasChain` can tell: everything (nf_tables), or nothing. */
  readonly chainsAreKnown?: boolean
  readonly unusable?: string
  /** Runs before a script is carried out, e.g. to do something meanwhile, or to refuse it. */
  readonly before?: (run: number, simulated: SimulatedIptables) => void
}

type Chains = Map<string, string[]>

export const refusal = (message: string, code = 'EIPTABLES'): Error => Object.assign(new Error(message), { code })

export const simulatedIptables = ({ chainsAreKnown = true, unusable, before }: SimulatedIptablesOptions = {}): SimulatedIptables => {
  const tables: Record<4 | 6, Chains> = { 4: emptyTable(), 6: emptyTable() }
  const ran: { program: string; script?: string }[] = []
  const disturb = (family: 4 | 6, script: string): void => {
    const chains: Chains = new Map([...tables[family]].map(([name, rules]) => [name, [...rules]]))
    for (const line of script.split('\n')) carryOut(chains, line)
    tables[family] = chains
  }
  const rules = (family: 4 | 6): string[] => {
    const chains = [...tables[family]].toSorted(([one], [other]) => (one < other ? -1 : 1))
    return [...chains.map(([name]) => `:${name}`), ...chains.flatMap(([name, specs]) => specs.map((spec) => `-A ${name} ${spec}`))]
  }
  const simulated: SimulatedIptables = {
    ran,
    rules,
    disturb,
    whyUnusable: () => unusable,
    hasChain: ({ family, chain }) => (chainsAreKnown ? tables[family].has(chain) : undefined),
    save: (family) => {
      ran.push({ program: family === 4 ? 'iptables-save' : 'ip6tables-save' })
      return ['*nat', ...rules(family).map((rule) => (rule.startsWith(':') ? `${rule} - [0:0]` : rule)), 'COMMIT', ''].join('\n')
    },
    restore: (family, script) => {
      ran.push({ program: family === 4 ? 'iptables-restore' : 'ip6tables-restore', script })
      before?.(ran.length, simulated)
      disturb(family, script)
    },
  }
  return simulated
}

const emptyTable = (): Chains => new Map(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => [name, []]))

const carryOut = (chains: Chains, line: string): void => {
  const [, command = '', name = '', rest = ''] = /^-([NACDFIX]) (\S+) ?(.*)$/.exec(line) ?? []
  if (command === '') return
  const rules = chains.get(name)
  if (command === 'N') {
    if (rules !== undefined) throw refusal(`${line}: Chain already exists.`)
    chains.set(name, [])
    return
  }
  if (rules === undefined) throw refusal(`${line}: No chain/target/match by that name.`)
  COMMANDS[command]?.({ chains, line, name, rules, rest })
}

interface Step {
  readonly chains: Chains
  readonly line: string
  readonly name: string
  readonly rules: string[]
  readonly rest: string
}

const COMMANDS: Readonly<Record<string, (step: Step) => void>> = {
  A: ({ chains, line, rules, rest }) => {
    const target = / -j (CNI-\S+)$/.exec(rest)?.[1]
    if (target !== undefined && !chains.has(target)) throw refusal(`${line}: Chain '${target}' does not exist`)
    rules.push(rest)
  },
  I: ({ rules, rest }) => void rules.unshift(rest.replace(/^1 /, '')),
  C: ({ line, rules, rest }) => {
    if (!rules.includes(rest)) throw refusal(`${line}: Bad rule (does a matching rule exist in that chain?).`)
  },
  D: ({ line, rules, rest }) => {
    const index = rules.indexOf(rest)
    if (index < 0) throw refusal(`${line}: Bad rule (does a matching rule exist in that chain?).`)
    rules.splice(index, 1)
  },
  F: ({ rules }) => void rules.splice(0),
  X: ({ chains, line, name, rules }) => {
    const used = [...chains.values()].some((specs) => specs.some((spec) => spec.endsWith(` -j ${name}`)))
    if (used || rules.length > 0) throw refusal(`${line}: CHAIN_DEL failed (Device or resource busy)`, 'EAGAIN')
    chains.delete(name)
  },
}
