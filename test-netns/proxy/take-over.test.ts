/** Rules that another proxy left in iptables of both kinds: those that harm Services go, all others stay. Virtual servers and links: vm-only/proxy. */
import t from 'tap'
import { openCommands } from '#kernel/command.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { deleteAddresses } from '../../proxy/predecessors/delete-addresses.ts'
import { openPredecessors } from '../../proxy/predecessors/main.ts'
import { leftBehind, takeOver } from '../../proxy/predecessors/take-over.ts'
import { requires } from '../rig/requires.ts'
import { enterNewNamespace } from './enter-namespace.ts'

/** What another proxy and its neighbours wrote; `left` stays. */
const FILTER = { left: ['-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', '-A INPUT -j KUBE-FIREWALL'] }
const RULES = `*filter
:KUBE-FIREWALL - [0:0]
:KUBE-IPVS-FILTER - [0:0]
:KUBE-ROUTER-SERVICES - [0:0]
-A INPUT -m comment --comment "service IPs" -m mark --mark 0x7 -j KUBE-ROUTER-SERVICES
${FILTER.left[0]}
-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER
${FILTER.left[1]}
-A KUBE-ROUTER-SERVICES -j REJECT
COMMIT
*nat
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
COMMIT
`

t.test('rules of another proxy', { ...requires('root', 'iptables-nft', 'iptables-legacy', 'nft'), timeout: 60_000 }, async (t) => {
  const node = enterNewNamespace(t, 'node')
  const programs = ['iptables-nft', 'iptables-legacy', 'ip6tables-nft', 'ip6tables-legacy']
  for (const program of programs) node.execWithInput(RULES, `${program}-restore`, '--noflush')
  const rtnetlink = openRtnetlink()
  t.teardown(() => rtnetlink.close())
  const { takeOverEdges, inherited } = openPredecessors({ commands: openCommands(), rtnetlink, nodePorts: { first: 30_000, last: 32_767 } })
  t.equal(inherited()({ protocol: 'tcp', address: '127.0.0.1', port: 30_000 }), false, 'there are no VIPs to inherit')

  const places = ['filter INPUT', 'nat PREROUTING', 'nat OUTPUT']
  const words = ['nftables ip', 'nftables ip6', 'legacy iptables', 'legacy ip6tables']
  const whole = words.flatMap((kind) => places.map((place) => `${place === 'filter INPUT' ? '2 rules' : '1 rule'} of ${kind} ${place}`))
  t.same(leftBehind(takeOverEdges), whole)
  t.same(
    takeOver(takeOverEdges),
    whole.map((what) => ({ what })),
  )
  for (const program of programs) {
    t.same(node.exec(program, '-S', 'INPUT').trim().split('\n'), ['-P INPUT ACCEPT', ...FILTER.left], program)
    t.same(node.exec(program, '-t', 'nat', '-S', 'POSTROUTING').trim().split('\n'), [
      '-P POSTROUTING ACCEPT',
      '-A POSTROUTING -j KUBE-POSTROUTING',
    ])
    t.equal(node.exec(program, '-t', 'nat', '-S', 'PREROUTING').trim(), '-P PREROUTING ACCEPT')
  }
  t.same(takeOver(takeOverEdges), [], 'a second time there is nothing')
})

t.test('routes of ours stay when the last address of their link goes', requires('root'), async (t) => {
  const node = enterNewNamespace(t, 'node')
  // What a kernel without dummy links has.
  node.ip('link add name vips type bridge', 'link set dev vips up', 'address add 192.0.2.1/32 dev lo')
  const vips = [1, 2].map((number) => `10.96.0.${number}`)
  node.ip(
    ...vips.flatMap((vip) => [`address add ${vip}/32 dev vips`, `route replace local ${vip} dev vips table local proto 83 src 192.0.2.1`]),
  )
  const routes = () => JSON.parse(node.exec('ip', '-json', 'route', 'show', 'table', 'local', 'proto', '83'))
  const before = routes()
  t.match(before, [
    { dst: '10.96.0.1', dev: 'vips' },
    { dst: '10.96.0.2', dev: 'vips' },
  ])
  const rtnetlink = openRtnetlink()
  t.teardown(() => rtnetlink.close())
  const link = rtnetlink.link('vips')?.index ?? 0
  deleteAddresses(link, rtnetlink.addresses({ link, family: 4 }), rtnetlink)
  t.equal(node.exec('ip', '-4', '-brief', 'address', 'show', 'dev', 'vips'), '')
  t.same(routes(), before)
})
