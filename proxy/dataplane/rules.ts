/**
 * The rules of our table `inet selvedge`: constant, while its sets hold the Services.
 *
 *   prerouting   packets to a Service, and replies of its connections, get the mark 0x1000, by which filters of others can let them pass
 *   input        right before IPVS: takes the mark off, for with marks of others it could be that of a virtual server; drops; refuses other ports
 *                of VIPs; gives outside clients of a Local Service the mark of their virtual server
 *   output       drops what the node itself sends, before IPVS
 *   sending      right after IPVS: what it sends on, and answers of the node itself, get the mark
 *   postrouting  right before flannel's chain: masquerades connections whose replies must come back through this node
 *   leaving      takes our marks off: vxlan would copy them to the outer packet
 *
 * IPVS translates in LOCAL_IN at 98 and 99: a mark that is given at 97 cannot be changed by others before IPVS sees it. Whether a connection
 * is masqueraded is read from its conntrack entry and from no mark, so that rules that restore marks (CONNMARK) do not matter; after our
 * translation the kernel asks no other NAT chain of this hook, so flannel's is left undisturbed.
 */
import { type Family, familyOf } from '#net/address.ts'
import { type Cidr, formatCidr } from '#net/cidr.ts'
import { type PortRange, subtract } from '../surroundings/port-ranges.ts'

/** What decides the rules; everything else is in the sets. */
export interface TableConfig {
  /** Masquerade every connection to a Service (`--masquerade-all`), but those that a Local policy leaves their client's address. */
  readonly masqueradeAll: boolean
  /** Sources that reach Services with their own address: the cluster CIDRs, or this node's pod CIDRs. */
  readonly inside: readonly Cidr[]
  /** This node's pod CIDRs: at its NodePorts only its own pods keep their address, for what answers another node's pod may be on that node, beside us. */
  readonly own: readonly Cidr[]
  /** Whether VIPs answer ping. */
  readonly ping: boolean
  /** Source ports of masqueraded connections: never a NodePort, or the reply would be taken for a request to it. */
  readonly masqueradePorts: PortRange
}

/** The widest range of ports that no NodePort can be, below 1024 left alone. */
export const masqueradePortsBeside = (nodePorts: readonly PortRange[]): PortRange =>
  subtract([{ first: 1_024, last: 65_535 }], nodePorts).reduce(wider, { first: 65_535, last: 65_535 })

const wider = (one: PortRange, other: PortRange): PortRange => (other.last - other.first > one.last - one.first ? other : one)

/**
 * On every packet from and to Services: a filter of somebody else may accept `mark and 0x1000`. Not a bit that others act on: portmap masquerades
 * 0x2000, kube-proxy 0x4000 (which flannel exempts), and drops 0x8000.
 */
export const SERVICE_MARK = 0x1000

/** One past our own, and one before IPVS's first: NF_IP_PRI_NAT_SRC - 2. @see net/netfilter/ipvs/ip_vs_core.c */
const BEFORE_IPVS = 97
/** One past IPVS's last in LOCAL_OUT: NF_IP_PRI_NAT_DST + 2. */
const AFTER_IPVS = -97

/** Names and hooks, without the rules. */
export const CHAINS: readonly (readonly [name: string, hook: string])[] = [
  ['guard', ''],
  ['service4', ''],
  ['service6', ''],
  ['source4', ''],
  ['source6', ''],
  ['nodesource4', ''],
  ['nodesource6', ''],
  ['unmark', ''],
  ['prerouting', 'type filter hook prerouting priority mangle; policy accept;'],
  ['input', `type filter hook input priority ${BEFORE_IPVS}; policy accept;`],
  ['output', 'type filter hook output priority mangle; policy accept;'],
  ['sending', `type filter hook output priority ${AFTER_IPVS}; policy accept;`],
  ['postrouting', 'type nat hook postrouting priority srcnat - 1; policy accept;'],
  ['leaving', 'type filter hook postrouting priority srcnat + 1; policy accept;'],
]

export type Rule = readonly [chain: string, rule: string]

/** All rules, chain by chain in any order, rule by rule in theirs. */
export const rulesOf = (config: TableConfig): Rule[] => [
  ...marking('prerouting'),
  ...inputRules(config),
  ...both((family) => serviceRules(family, config)),
  ...both((family) => refusals(family).map((rule) => ['output', `ct state new ${rule}`])),
  ...marking('sending'),
  ...both((family) => [
    ['postrouting', `${originally(family, `@vip${family}`)} goto source${family}`],
    ['postrouting', `${originally(family, `@nodeport${family}`)} goto nodesource${family}`],
  ]),
  ...both((family) => nodeSourceRules(family, config)),
  ...both((family) => sourceRules(family, config)),
  ['leaving', `meta mark & ${hex(SERVICE_MARK)} != 0 goto unmark`],
  ...both((family) => [['unmark', `${originally(family, `map @outside${family}`, 'meta mark set ')} meta mark set 0 return`]]),
  ['unmark', TAKE_MARK_OFF],
]

const SETS = ['vip', 'nodeport'] as const
const IP = { 4: 'ip', 6: 'ip6' } as const
const PROTOCOLS = 'meta l4proto { tcp, udp, sctp }'

const hex = (number: number): string => `0x${number.toString(16)}`

const ADD_MARK = `meta mark set meta mark | ${hex(SERVICE_MARK)}`

const TAKE_MARK_OFF = `meta mark set meta mark & ${hex(~SERVICE_MARK >>> 0)}`

const both = (rules: (family: Family) => readonly Rule[]): Rule[] => ([4, 6] as const).flatMap(rules)

/** What the packet itself is sent to. */
const exposed = (family: Family): string => `${IP[family]} daddr . meta l4proto . th dport`

/** What the connection was opened to, whichever way the packet goes. nft takes `proto-dst` only behind a match of the protocol. */
const originally = (family: Family, found: string, statement = ''): string =>
  `${PROTOCOLS} ${statement}ct original ${IP[family]} daddr . meta l4proto . ct original proto-dst ${found}`

const marking = (chain: 'prerouting' | 'sending'): Rule[] =>
  both((family) => SETS.map((set) => [chain, `${originally(family, `@${set}${family}`)} ${ADD_MARK}`]))

const inputRules = ({ ping }: TableConfig): Rule[] => [
  // The node's own connections come back from Services here; their ports may be somebody's NodePort elsewhere.
  ['input', 'ct direction reply accept'],
  ...both((family) => SETS.map((set) => ['input', `${exposed(family)} @${set}${family} goto service${family}`])),
  ...both((family) => [['input', `${IP[family]} daddr @address${family} goto guard`]]),
  ...(ping ? [] : PINGS.map((match): Rule => ['guard', `${match} reject with icmpx type admin-prohibited`])),
  // Path MTU discovery of Service connections needs ICMP errors.
  ['guard', 'meta l4proto { icmp, ipv6-icmp } accept'],
  // The kernel sends few ICMP errors per second; resets it does not count.
  ['guard', 'meta l4proto tcp reject with tcp reset'],
  ['guard', 'reject with icmpx type port-unreachable'],
]

const PINGS = ['icmp type echo-request', 'icmpv6 type echo-request']

/** Drops concern new connections: those that drain go on to the endpoint they have. */
const serviceRules = (family: Family, { inside }: TableConfig): Rule[] => [
  [`service${family}`, TAKE_MARK_OFF],
  ...refusals(family).map((rule): Rule => [`service${family}`, `ct state != established ${rule}`]),
  [`service${family}`, 'iifname "lo" accept'],
  ...networksOf(inside, family).map((network): Rule => [`service${family}`, `${IP[family]} saddr ${network} accept`]),
  [`service${family}`, `ct state != established ${exposed(family)} @outsidedrop${family} drop`],
  [`service${family}`, `meta mark set ${exposed(family)} map @outside${family}`],
]

/** Whoever the client is. */
const refusals = (family: Family): string[] => [
  `${exposed(family)} @drop${family} drop`,
  `${exposed(family)} @restricted${family} ${exposed(family)} . ${IP[family]} saddr != @allowed${family} drop`,
]

/** A VIP is answered for by the client's own node; a NodePort may be asked by a pod of any. */
const nodeSourceRules = (family: Family, config: TableConfig): Rule[] => [
  ...networksOf(config.own, family).map((network): Rule => [`nodesource${family}`, `${IP[family]} saddr ${network} goto source${family}`]),
  ...networksOf(config.inside, family).map(
    (network): Rule => [`nodesource${family}`, `${IP[family]} saddr ${network} ${masquerade(config)}`],
  ),
  [`nodesource${family}`, `goto source${family}`],
]

/**
 * Only first packets of connections to Services come here: an endpoint in the host's network has the node's address, and what the node says to
 * itself there is nobody's affair. What the node itself sends is not from outside, but needs masquerading as much.
 */
const sourceRules = (family: Family, config: TableConfig): Rule[] => [
  [`source${family}`, `${IP[family]} saddr . ${IP[family]} daddr @hairpin${family} ${masquerade(config)}`],
  ...networksOf(config.inside, family).map(
    (network): Rule => [`source${family}`, `${IP[family]} saddr ${network} ${config.masqueradeAll ? masquerade(config) : 'return'}`],
  ),
  [`source${family}`, `fib saddr type != local ${originally(family, `map @outside${family}`, 'meta mark set ')} return`],
  [`source${family}`, masquerade(config)],
]

const masquerade = ({ masqueradePorts: { first, last } }: TableConfig): string =>
  `${PROTOCOLS} masquerade to :${first}-${last} fully-random`

const networksOf = (networks: readonly Cidr[], family: Family): string[] =>
  networks.filter(({ address }) => familyOf(address) === family).map(formatCidr)
