/**
 * What kube-router 2 with --masquerade-all, and kube-proxy's IPVS mode, leave on a node when they are stopped, laid by hand: VIPs as addresses,
 * virtual servers, ipsets, rules; of Services that are still there, and of some that were deleted since. Beside it what is none of theirs.
 */
import type { NetNamespace } from '../../../rig/namespace.ts'

/** Services that are still there; all have port 80. */
export interface Inheritance {
  readonly node: NetNamespace
  /** The node's own address. */
  readonly address: string
  /** `10.20.0.2:8080` */
  readonly endpoints: readonly string[]
  /** VIPs that kube-router kept; the second one's Service has affinity. */
  readonly kubeRouter: readonly [string, string]
  /** A VIP that kube-proxy kept. */
  readonly kubeProxy: string
  readonly nodePort: number
}

/** Of Services that are gone. */
export const GONE = { kubeRouter: '10.96.0.99', kubeProxy: '10.96.0.98', nodePort: 30_099, endpoint: '10.20.0.77:8080' }

/** Rules, sets and virtual servers of nobody's that we know: they stay. */
export const FOREIGN = {
  rules: [
    '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
    '-A POSTROUTING -m ipvs --vaddr 203.0.113.77 --vdir ORIGINAL --vmethod MASQ -j SNAT --to-source 192.168.50.11',
  ],
  servers: ['-A -t 203.0.113.77:99 -s wlc', '-a -t 203.0.113.77:99 -r 192.168.50.99:99 -g -w 1'],
  set: 'others',
} as const

export const layOtherProxies = (left: Inheritance): void => {
  const { node } = left
  node.ip(...links(left))
  node.sysctl({ 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.all.arp_ignore': 1 })
  node.sysctl({ 'net.ipv4.vs.conn_reuse_mode': 0, 'net.ipv4.vs.conntrack': 1, 'net.ipv4.vs.expire_nodest_conn': 1 })
  node.execWithInput(lines(servers(left)), 'ipvsadm', '--restore')
  node.execWithInput(lines(sets(left)), 'ipset', 'restore')
  node.execWithInput(lines(rules(left)), 'iptables-restore', '--noflush')
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`

const links = ({ address, kubeRouter, kubeProxy }: Inheritance): string[] => [
  'link add kube-dummy-if type dummy',
  'link set kube-dummy-if up',
  ...[...kubeRouter, GONE.kubeRouter].flatMap((vip) => [
    `address add ${vip}/32 dev kube-dummy-if`,
    `route replace local ${vip} dev kube-dummy-if table local proto kernel scope host src ${address}`,
  ]),
  'address add fd00:96::99/128 dev kube-dummy-if',
  'link add kube-ipvs0 type dummy',
  ...[kubeProxy, GONE.kubeProxy].map((vip) => `address add ${vip}/32 dev kube-ipvs0`),
  'rule add priority 32765 lookup 79',
]

/** kube-router writes 32.0.0.0 where 255.255.255.255 was meant: half of the world is one client to it. */
const KUBE_ROUTER_AFFINITY = ' -p 10800 -M 32.0.0.0'

const servers = ({ address, endpoints, kubeRouter: [plain, sticky], kubeProxy, nodePort }: Inheritance): string[] => {
  const server = (place: string, affinity = ''): string => `-A -t ${place} -s rr${affinity}`
  const behind = (place: string, all: readonly string[]): string[] => all.map((endpoint) => `-a -t ${place} -r ${endpoint} -m -w 1`)
  const [node, vips] = [`${address}:${nodePort}`, [plain, sticky, kubeProxy].map((vip) => `${vip}:80`)]
  const gone = [`${GONE.kubeRouter}:80`, `${GONE.kubeProxy}:80`, `${address}:${GONE.nodePort}`]
  return [
    ...FOREIGN.servers,
    ...vips.flatMap((vip) => [server(vip, vip.startsWith(`${sticky}:`) ? KUBE_ROUTER_AFFINITY : ''), ...behind(vip, endpoints)]),
    ...[server(node), ...behind(node, endpoints)],
    ...gone.flatMap((place) => [server(place), ...behind(place, [GONE.endpoint])]),
  ]
}

const sets = ({ kubeRouter, kubeProxy }: Inheritance): string[] => [
  `create ${FOREIGN.set} hash:ip`,
  'create kube-router-local-ips hash:ip timeout 0',
  'create kube-router-svip hash:ip timeout 0',
  'create kube-router-svip-prt hash:ip,port timeout 0',
  ...kubeRouter.flatMap((vip) => [`add kube-router-svip ${vip}`, `add kube-router-svip-prt ${vip},tcp:80`]),
  'create KUBE-IPVS-IPS hash:ip',
  'create KUBE-CLUSTER-IP hash:ip,port',
  `add KUBE-IPVS-IPS ${kubeProxy}`,
  `add KUBE-CLUSTER-IP ${kubeProxy},tcp:80`,
]

const rules = ({ address }: Inheritance): string[] => [
  '*filter',
  ':KUBE-ROUTER-SERVICES - [0:0]',
  ':KUBE-IPVS-FILTER - [0:0]',
  '-A KUBE-ROUTER-SERVICES -m set --match-set kube-router-svip-prt dst,dst -j ACCEPT',
  '-A KUBE-ROUTER-SERVICES -m set ! --match-set kube-router-local-ips dst -j REJECT',
  '-A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN',
  '-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT',
  '-I INPUT 1 -m comment --comment "service IPs" -m set --match-set kube-router-svip dst -j KUBE-ROUTER-SERVICES',
  FOREIGN.rules[0],
  '-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
  'COMMIT',
  '*nat',
  ':KUBE-MARK-MASQ - [0:0]',
  ':KUBE-POSTROUTING - [0:0]',
  ':KUBE-SERVICES - [0:0]',
  '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
  '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
  '-A KUBE-POSTROUTING -j MASQUERADE --random-fully',
  '-A KUBE-SERVICES ! -s 10.20.0.0/16 -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ',
  '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A POSTROUTING -j KUBE-POSTROUTING',
  FOREIGN.rules[1],
  `-A POSTROUTING -m ipvs --ipvs --vdir ORIGINAL --vmethod MASQ -j SNAT --to-source ${address} --random-fully`,
  'COMMIT',
]
