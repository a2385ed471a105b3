/**
 * The one nftables table of the proxy: constant rules, and sets that hold the Services.
 *
 * A packet to a Service is marked before routing (`prerouting`, `output`) when IPVS's answer must come back through this node, and
 * masqueraded after IPVS chose a destination (`postrouting`, just before flannel's own chain, which leaves the mark 0x4000 alone).
 * The mark is taken off again there: vxlan copies it to the outer packet, which would then be masqueraded a second time.
 * VIPs are this node's own addresses as long as their route stands, so `input` lets only their Services' ports through: daemons of the
 * host that listen on every address stay unreachable through them.
 */

import { familyOf } from '#net/address.ts'
import { type Cidr, formatCidr } from '#net/cidr.ts'
import { setStatements, TABLE } from './sets.ts'

/** The mark of packets to masquerade: flannel's nftables backend compares with ==, so no other bit may be set with it. */
export const MASQUERADE_MARK = '0x4000'

/** What decides the rules; everything else is in the sets. */
export interface TableConfig {
  /** Masquerade every connection to a Service (`--masquerade-all`). */
  readonly masqueradeAll: boolean
  /** Sources that reach Services with their own address: the cluster CIDRs, or this node's pod CIDRs. */
  readonly inside: readonly Cidr[]
}

/** An nft script that makes the table what it must be, in one transaction, and leaves the sets' elements as they are. */
export const tableScript = (config: TableConfig): string =>
  [
    `add table ${TABLE}`,
    ...setStatements(),
    ...insideSets(config.inside),
    ...CHAINS.map(([name, hook]) => `add chain ${TABLE} ${name}${hook === '' ? '' : ` { ${hook} }`}`),
    ...CHAINS.map(([name]) => `flush chain ${TABLE} ${name}`),
    ...rules(config).map(([chain, rule]) => `add rule ${TABLE} ${chain} ${rule}`),
    '',
  ].join('\n')

/** Sets of networks: few, and made anew each time, since an interval set refuses an element that overlaps one it has. */
const insideSets = (inside: readonly Cidr[]): string[] =>
  ([4, 6] as const).flatMap((family) => {
    const networks = inside.filter(({ address }) => familyOf(address) === family).map(formatCidr)
    const name = `inside${family}`
    return [
      `add set ${TABLE} ${name} { type ipv${family}_addr; flags interval; auto-merge; }`,
      `flush set ${TABLE} ${name}`,
      ...(networks.length === 0 ? [] : [`add element ${TABLE} ${name} { ${networks.join(', ')} }`]),
    ]
  })

const CHAINS: readonly (readonly [name: string, hook: string])[] = [
  ['mark-outside', ''],
  ['guard', ''],
  ['prerouting', 'type filter hook prerouting priority mangle; policy accept;'],
  // A route chain, because the node's own packet was routed before it got its mark.
  ['output', 'type route hook output priority mangle; policy accept;'],
  ['input', 'type filter hook input priority filter; policy accept;'],
  ['postrouting', 'type nat hook postrouting priority srcnat - 1; policy accept;'],
]

const TO_SERVICE = [
  'ip daddr . meta l4proto . th dport @vip4',
  'ip6 daddr . meta l4proto . th dport @vip6',
  'ip daddr . meta l4proto . th dport @nodeport4',
  'ip6 daddr . meta l4proto . th dport @nodeport6',
]

const rules = ({ masqueradeAll }: TableConfig): (readonly [chain: string, rule: string])[] => [
  ...TO_SERVICE.map((match) => ['prerouting', `${match} goto mark-outside`] as const),
  ...TO_SERVICE.map((match) => ['output', `${match} goto mark-outside`] as const),
  ...(masqueradeAll
    ? []
    : (['ip saddr @inside4 return', 'ip6 saddr @inside6 return'] as const).map((rule) => ['mark-outside', rule] as const)),
  ['mark-outside', `meta mark set ${MASQUERADE_MARK}`],
  ['input', 'ip daddr @address4 goto guard'],
  ['input', 'ip6 daddr @address6 goto guard'],
  ...TO_SERVICE.slice(0, 2).map((match) => ['guard', `${match} accept`] as const),
  // Path MTU discovery of Service connections needs ICMP errors, people need ping.
  ['guard', 'meta l4proto { icmp, ipv6-icmp } accept'],
  ['guard', 'reject with icmpx type port-unreachable'],
  ['postrouting', `meta mark ${MASQUERADE_MARK} meta mark set 0 masquerade fully-random`],
  ['postrouting', 'ip saddr . ip daddr @hairpin4 masquerade fully-random'],
  ['postrouting', 'ip6 saddr . ip6 daddr @hairpin6 masquerade fully-random'],
]
