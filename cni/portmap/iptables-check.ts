/** Whether an attachment's rules, and those that all share, are in table nat: one process where they are, a few where not. */
import { hasCode } from '#kernel/errno.ts'
import type { NatRule } from '#kernel/nat-table.ts'
import { DNAT_CHAIN, entryRules, entryWords, ownChain, ownRules, sharedChains } from './iptables-rules.ts'
import { checkScript, type Setup } from './iptables-scripts.ts'
import { hasChain, type NatPart, observeTables } from './nat-part.ts'

/** Rules that are looked for, and what is said when one of them is missing. */
interface Group {
  readonly rules: readonly NatRule[]
  readonly complaint: string
}

/**
 * The reference looks at the attachment's own rules only; without those that lead to them nothing is mapped, as after a flush by others.
 * @throws Error with the reference's sentence, IptablesError, CommandError
 */
export const checkIptables = (part: NatPart, setup: Setup): void => {
  const own = ownChain(setup.config)
  const groups = groupsOf(setup)
  if (hasChain(part, 'nat', own) === false) throw new Error(missingChain(own))
  if (
    areThere(
      part,
      groups.flatMap(({ rules }) => rules),
    )
  )
    return
  if (!observeTables(part).nat.chains.has(own)) throw new Error(missingChain(own))
  const missing = groups.find(({ rules }) => !areThere(part, rules))
  if (missing !== undefined) throw new Error(missing.complaint)
}

const missingChain = (chain: string): string => `chain ${chain} not found in iptables table nat`

const groupsOf = ({ config, forwards }: Setup): Group[] => {
  const own = ownRules(config, forwards)
  const shared = sharedChains(config).flatMap(({ rules }) => rules)
  return [
    {
      rules: own,
      complaint: missingRules(
        ownChain(config),
        own.map(({ spec }) => spec),
      ),
    },
    { rules: entryRules(config, forwards.family), complaint: missingRules(DNAT_CHAIN, entryWords(config, forwards.family)) },
    ...shared.map((rule) => ({ rules: [rule], complaint: missingRules(rule.chain, [rule.spec]) })),
  ]
}

const missingRules = (chain: string, words: readonly string[]): string =>
  `rule [${words.map((each) => `[${each}]`).join(' ')}] in chain ${chain} not found in table nat`

/** Whether all rules are there, as iptables itself compares them. */
const areThere = ({ iptables, family }: NatPart, rules: readonly NatRule[]): boolean => {
  try {
    iptables.restore(family, checkScript('nat', rules))
    return true
  } catch (error) {
    if (hasCode(error, 'EIPTABLES')) return false
    throw error
  }
}
