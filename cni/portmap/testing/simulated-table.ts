/** One table in memory, and what the commands of iptables-restore do to it. */

/** The rules' words, by chain. */
export type Chains = Map<string, string[]>

export const refusal = (message: string, code = 'EIPTABLES'): Error => Object.assign(new Error(message), { code })

/** Carries out one command line. @throws Error EIPTABLES, EAGAIN, as the program would */
export const carryOut = (chains: Chains, line: string): void => {
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
  I: ({ rules, rest }) => {
    const [, number = '1', words = ''] = /^(\d+) (.*)$/.exec(rest) ?? []
    rules.splice(Number(number) - 1, 0, words)
  },
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
