/**
 * Rules of iptables that a proxy before us left, and that harm Services as they change: they refuse ports that its sets do not know, hide
 * clients that are to be seen, or lead packets to endpoints of the past. Pure.
 *
 * Known by the chain they jump to, or as the translation of IPVS connections that kube-router makes. What nothing leads to does no harm and
 * stays: chains, ipsets, KUBE-POSTROUTING, which CNI's portmap may use too.
 */

/** A rule of any iptables. */
export interface LeftoverRule {
  readonly jump?: string
  readonly extensions?: readonly Extension[]
}

/** A match or target, as nf_tables has it (parameters as bytes), or legacy iptables (the words of its listing). */
type Extension = { readonly name: string } & ({ readonly info: Buffer } | { readonly words: string })

/** A chain of iptables where packets come by. */
export interface LeftoverChain {
  readonly table: 'filter' | 'nat'
  readonly chain: string
  readonly isLeftover: (rule: LeftoverRule) => boolean
}

const leadsTo =
  (...chains: string[]) =>
  ({ jump }: LeftoverRule): boolean =>
    jump !== undefined && chains.includes(jump)

/** kube-router's --masquerade-all, and its rule for pods of other nodes: for every address. Others may translate what goes to theirs. */
const translatesIpvs = ({ extensions = [] }: LeftoverRule): boolean =>
  extensions.some(isEveryMasquerading) && extensions.some(({ name }) => name === 'SNAT' || name === 'MASQUERADE')

/** `--vdir ORIGINAL --vmethod MASQ`, with or without `--ipvs`, for every address and port. @see struct xt_ipvs_mtinfo: 38 bytes, invert, bitmask */
const isEveryMasquerading = (extension: Extension): boolean => {
  if (extension.name !== 'ipvs') return false
  if ('words' in extension) return /^(?:--ipvs )?--vdir ORIGINAL --vmethod MASQ$/.test(extension.words)
  return extension.info[38] === 0 && ((extension.info[39] ?? 0) | XT_IPVS_IPVS_PROPERTY) === XT_IPVS_DIR_AND_METHOD
}

const XT_IPVS_IPVS_PROPERTY = 0x01
const XT_IPVS_DIR_AND_METHOD = 0x31

const REFUSALS = ['KUBE-ROUTER-SERVICES', 'KUBE-IPVS-FILTER', 'KUBE-IPVS-OUT-FILTER', 'KUBE-PROXY-FIREWALL'] as const

export const LEFTOVER_CHAINS: readonly LeftoverChain[] = [
  { table: 'filter', chain: 'INPUT', isLeftover: leadsTo(...REFUSALS) },
  { table: 'filter', chain: 'FORWARD', isLeftover: leadsTo(...REFUSALS) },
  { table: 'filter', chain: 'OUTPUT', isLeftover: leadsTo(...REFUSALS) },
  { table: 'nat', chain: 'PREROUTING', isLeftover: leadsTo('KUBE-SERVICES') },
  { table: 'nat', chain: 'OUTPUT', isLeftover: leadsTo('KUBE-SERVICES') },
  {
    table: 'nat',
    chain: 'POSTROUTING',
    isLeftover: (rule) => leadsTo('KUBE-ROUTER-HAIRPIN')(rule) || translatesIpvs(rule),
  },
]
