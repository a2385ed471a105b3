/** Whether a packet filter of somebody else refuses what it says nothing about. Pure. */

/** A rule by its effect. */
export interface FilterRule {
  /** Whether it concerns some packets only. */
  readonly conditional: boolean
  /** Drops, or refuses with an answer. */
  readonly refuses: boolean
  /** The chain that it sends packets to. */
  readonly jump?: string
  readonly comment?: string
}

/** A chain that packets meet first, and the rules of its table by chain. */
export interface FilterChain {
  readonly chain: string
  readonly policy: 'accept' | 'drop'
  readonly rulesOf: (chain: string) => readonly FilterRule[]
}

/**
 * By its policy; or because a rule refuses every packet that reaches it, in the chain itself (RHEL's iptables, firewalld) or in one that every
 * packet is sent to (ufw). Rules that refuse some packets only are their author's decision about these.
 */
export const refusesTheRest = ({ chain, policy, rulesOf }: FilterChain): boolean =>
  policy === 'drop' || refusesAll(chain, rulesOf, new Set())

const refusesAll = (chain: string, rulesOf: FilterChain['rulesOf'], visited: Set<string>): boolean => {
  if (visited.has(chain)) return false
  visited.add(chain)
  return rulesOf(chain).some(
    ({ conditional, refuses, jump }) => !conditional && (refuses || (jump !== undefined && refusesAll(jump, rulesOf, visited))),
  )
}
