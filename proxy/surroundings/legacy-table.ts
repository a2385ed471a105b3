/** A table of legacy iptables, as iptables-save prints it. Pure. */
import type { FilterChain, FilterRule } from './refusal.ts'

export interface LegacyRule extends FilterRule {
  /** The line of the listing: `-A INPUT -j REJECT`. */
  readonly listed: string
  /** Its matches and its target: `set`, `ipvs`, `SNAT`, each with the words behind it. */
  readonly extensions: readonly { readonly name: string; readonly words: string }[]
}

export interface LegacyTable {
  /** Chains that packets meet first: those with a policy. */
  readonly chains: readonly Pick<FilterChain, 'chain' | 'policy'>[]
  readonly rules: ReadonlyMap<string, readonly LegacyRule[]>
}

export const parseLegacyTable = (listing: string): LegacyTable => {
  const chains: Pick<FilterChain, 'chain' | 'policy'>[] = []
  const rules = new Map<string, LegacyRule[]>()
  for (const line of listing.split('\n')) {
    const [, chain, policy] = /^:(\S+) (ACCEPT|DROP) /.exec(line) ?? []
    if (chain !== undefined) chains.push({ chain, policy: policy === 'DROP' ? 'drop' : 'accept' })
    const [, of, words] = /^-A (\S+) (.*)$/.exec(line) ?? []
    if (of === undefined || words === undefined) continue
    const chainRules = rules.get(of) ?? []
    chainRules.push(ruleOf(line, words))
    rules.set(of, chainRules)
  }
  return { chains, rules }
}

/** A comment is one word, or stands in double quotes, with a backslash before each of its own. */
const COMMENT = /-m comment --comment (?:"((?:\\.|[^"\\])*)"|(\S+)) ?/
const REFUSING = ['DROP', 'REJECT']

const ruleOf = (listed: string, words: string): LegacyRule => {
  const [matched = '', quoted, plain] = COMMENT.exec(words) ?? []
  const comment = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain
  const uncommented = words.replace(matched, '')
  const [, target] = /^-[jg] (\S+)/.exec(uncommented) ?? []
  const [, anyTarget] = /(?:^| )-[jg] (\S+)/.exec(words) ?? []
  return {
    listed,
    conditional: target === undefined,
    refuses: REFUSING.includes(anyTarget ?? ''),
    extensions: uncommented
      .split(/(?:^| )-[mj] /)
      .slice(1)
      .map(extensionOf),
    ...(anyTarget !== undefined && { jump: anyTarget }),
    ...(comment !== undefined && { comment }),
  }
}

const extensionOf = (text: string): LegacyRule['extensions'][number] => {
  const [name = '', ...words] = text.split(' ')
  return { name, words: words.join(' ') }
}
