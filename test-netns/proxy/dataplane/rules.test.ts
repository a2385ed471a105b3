/**
 * What our rules let through, drop, refuse and mark, without IPVS: the node's own sockets answer at VIPs.
 *
 *     client 203.0.113.2 ── 203.0.113.1 node 10.20.0.1 ── 10.20.0.5 pod
 */
import t, { type Test } from 'tap'
import { inOneGo } from '../../../proxy/services/steps.ts'
import { type Agent, startAgent } from '../../rig/agent.ts'
import { join } from '../../rig/link.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { requires } from '../../rig/requires.ts'
import { until } from '../../rig/until.ts'
import { CONFIG, openTables, type TablesHost } from './host.ts'

const needs = requires('root', 'ip', 'nft')

const VIP = '10.96.0.1'
const VIP6 = 'fd00:96::1'
const [DEFINED, UNDEFINED] = [80, 81]

interface Scene extends TablesHost {
  readonly host: NetNamespace
  readonly outside: NetNamespace
  readonly client: Agent
  readonly pod: Agent
  readonly node: Agent
}

/** A node with two VIPs on which ports are defined and undefined, and everything listens. */
const makeScene = async (t: Test): Promise<Scene> => {
  const [host, outside, inner] = [makeNamespace(t, 'node'), makeNamespace(t, 'client'), makeNamespace(t, 'pod')]
  for (const each of [host, outside]) each.sysctl({ 'net.ipv6.conf.default.accept_dad': 0 })
  join(
    { namespace: outside, device: 'eth0', addresses: ['203.0.113.2/24', '2001:db8:113::2/64'] },
    { namespace: host, device: 'eth0', addresses: ['203.0.113.1/24', '2001:db8:113::1/64'] },
  )
  join({ namespace: inner, device: 'eth0', addresses: ['10.20.0.5/24'] }, { namespace: host, device: 'veth5', addresses: ['10.20.0.1/24'] })
  outside.ip('route add default via 203.0.113.1', 'route add default via 2001:db8:113::1')
  inner.ip('route add default via 10.20.0.1')
  host.ip(`route add local ${VIP} dev lo table local`, `route add local ${VIP6} dev lo table local`)
  const tables = openTables(t, host)
  inOneGo(tables.tables.ensure(CONFIG))
  for (const [vip, family] of [[VIP, 4] as const, [VIP6, 6] as const]) {
    tables.add(`address${family}`, vip)
    tables.add(`vip${family}`, `${vip} . tcp . ${DEFINED}`)
  }
  await until('IPv6 works on both ends', () => [host, outside].every(hasLinkLocalAddress))
  const node = startAgent(t, host, 'node')
  await node.serve([DEFINED, UNDEFINED])
  return { ...tables, host, outside, node, client: startAgent(t, outside, 'client'), pod: startAgent(t, inner, 'pod') }
}

/** It comes when the kernel has noticed that the link works, up to a second late. */
const hasLinkLocalAddress = (host: NetNamespace): boolean =>
  host.exec('ip', '-6', 'addr', 'show', 'dev', 'eth0', '-tentative').includes('fe80:')

/** Who got an answer: `client` as the server saw it, or why there was none. */
const ask = async (agent: Agent, address: string, port: number): Promise<string> => {
  const answer = await agent.ask({ address, port, timeout: 0.7 })
  return typeof answer === 'string' ? answer : answer.client
}

t.test('a VIP answers on the ports of Services and on ping; all else is refused', needs, async (t) => {
  const { client, pod, node, outside, tables } = await makeScene(t)
  t.equal(await ask(client, VIP, DEFINED), '203.0.113.2')
  t.equal(await ask(client, VIP6, DEFINED), '2001:db8:113::2')
  t.equal(await ask(client, '203.0.113.1', UNDEFINED), '203.0.113.2', 'the node’s own addresses are not guarded')
  for (const agent of [client, pod, node]) t.equal(await ask(agent, VIP, UNDEFINED), 'refused', agent.name)
  t.equal(await ask(client, VIP6, UNDEFINED), 'refused')
  const pings = (vip: string): number => outside.attempt('ping', '-c1', '-W1', vip).exitCode ?? -1
  t.same([VIP, VIP6].map(pings), [0, 0])
  inOneGo(tables.ensure({ ...CONFIG, ping: false }))
  t.same([VIP, VIP6].map(pings), [1, 1], 'without ping it is told that it may not')
  t.equal(await ask(client, VIP, DEFINED), '203.0.113.2')
})

t.test('what is dropped for everybody is dropped for clients, pods and the node; connections that are open go on', needs, async (t) => {
  const { client, pod, node, add, remove } = await makeScene(t)
  const talk = await client.open({ address: VIP, port: DEFINED })
  add('drop4', `${VIP} . tcp . ${DEFINED}`)
  t.same(await Promise.all([client, pod, node].map((agent) => ask(agent, VIP, DEFINED))), ['timeout', 'timeout', 'timeout'])
  t.match(await talk.say(), { client: '203.0.113.2' })
  t.equal(await ask(client, VIP6, DEFINED), '2001:db8:113::2')
  remove('drop4', `${VIP} . tcp . ${DEFINED}`)
  t.equal(await ask(client, VIP, DEFINED), '203.0.113.2')
})

t.test('what is dropped for outside clients is open to pods and to the node', needs, async (t) => {
  const { client, pod, node, add } = await makeScene(t)
  for (const [vip, family] of [[VIP, 4] as const, [VIP6, 6] as const]) add(`outsidedrop${family}`, `${vip} . tcp . ${DEFINED}`)
  t.same(await Promise.all([VIP, VIP6].map((vip) => ask(client, vip, DEFINED))), ['timeout', 'timeout'])
  t.equal(await ask(pod, VIP, DEFINED), '10.20.0.5')
  t.notMatch(await ask(node, VIP, DEFINED), 'timeout')
})

t.test('source ranges: only the allowed networks get through, whoever asks', needs, async (t) => {
  const { client, pod, node, add, remove } = await makeScene(t)
  const exposed = `${VIP} . tcp . ${DEFINED}`
  add('restricted4', exposed)
  t.same(await Promise.all([client, pod, node].map((agent) => ask(agent, VIP, DEFINED))), ['timeout', 'timeout', 'timeout'])
  add('allowed4', `${exposed} . 203.0.113.0/28`)
  t.equal(await ask(client, VIP, DEFINED), '203.0.113.2')
  t.same(await Promise.all([pod, node].map((agent) => ask(agent, VIP, DEFINED))), ['timeout', 'timeout'])
  remove('allowed4', `${exposed} . 203.0.113.0/28`)
  add('allowed4', `${exposed} . 203.0.113.2/32`)
  add('allowed4', `${exposed} . 10.20.0.0/16`)
  t.same(await Promise.all([client, pod].map((agent) => ask(agent, VIP, DEFINED))), ['203.0.113.2', '10.20.0.5'])
  add('restricted6', `${VIP6} . tcp . ${DEFINED}`)
  t.equal(await ask(client, VIP6, DEFINED), 'timeout')
  add('allowed6', `${VIP6} . tcp . ${DEFINED} . 2001:db8:113::/48`)
  t.equal(await ask(client, VIP6, DEFINED), '2001:db8:113::2')
})

/** Counts what IPVS would see, by mark; others see packets at priority 0, answers of the node too. */
const COUNTERS = ['unmarked', 'plain', 'local', 'foreign', 'answers'] as const
const WITNESS = [
  'add table inet witness',
  ...COUNTERS.map((name) => `add counter inet witness ${name}`),
  'add chain inet witness others { type filter hook input priority 0; }',
  'add chain inet witness sent { type filter hook output priority 0; }',
  'add chain inet witness ipvs { type filter hook input priority 98; }',
  `add rule inet witness others tcp dport ${DEFINED} meta mark & 0x1000 == 0 counter name unmarked`,
  `add rule inet witness ipvs tcp dport ${DEFINED} meta mark 0 counter name plain`,
  `add rule inet witness ipvs tcp dport ${DEFINED} meta mark 0x11000 counter name local`,
  `add rule inet witness ipvs tcp dport ${DEFINED} meta mark & 0x70000 == 0x70000 counter name foreign`,
  `add rule inet witness sent tcp sport ${DEFINED} meta mark & 0x1000 != 0 counter name answers`,
].join('\n')

const counters = (host: NetNamespace): Record<string, boolean> => {
  const { nftables } = JSON.parse(host.exec('nft', '-j', 'reset', 'counters', 'table', 'inet', 'witness')) as {
    nftables: { counter?: { name: string; packets: number } }[]
  }
  return Object.fromEntries(nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, counter.packets > 0]])))
}

t.test('packets to Services are marked for the filters of others, and outside clients of a Local Service for IPVS', needs, async (t) => {
  const { client, pod, host, add } = await makeScene(t)
  host.execWithInput(WITNESS, 'nft', '-f', '-')
  await ask(client, VIP, DEFINED)
  const none = { unmarked: false, plain: false, local: false, foreign: false, answers: true }
  t.same(counters(host), { ...none, plain: true }, 'filters of others see the mark, IPVS does not')
  add('outside4', `${VIP} . tcp . ${DEFINED}`, 0x1_1000)
  add('outside6', `${VIP6} . tcp . ${DEFINED}`, 0x1_1000)
  for (const vip of [VIP, VIP6]) {
    await ask(client, vip, DEFINED)
    t.same(counters(host), { ...none, local: true }, vip)
  }
  await ask(pod, VIP, DEFINED)
  t.same(counters(host), { ...none, plain: true }, 'a pod is inside')
  host.exec('nft', 'add rule inet witness others meta mark set meta mark | 0x10000')
  await ask(pod, VIP, DEFINED)
  t.same(counters(host), none, 'a mark of others is not made that of a virtual server')
  host.exec('nft', 'add rule inet witness others meta mark set meta mark | 0x70000')
  await ask(client, VIP, DEFINED)
  t.same(counters(host), { ...none, local: true }, 'whatever marks others set in between')
  await ask(client, '203.0.113.1', DEFINED)
  t.same(counters(host), { ...none, unmarked: true, foreign: true, answers: false }, 'where there is no Service, no mark is touched')
})

t.test(
  'a host’s own connections to itself are no Service’s affair, also when an endpoint of this node has its address',
  needs,
  async (t) => {
    const { pod, node, add } = await makeScene(t)
    for (const address of ['10.20.0.1', '10.20.0.5']) add('hairpin4', `${address} . ${address}`)
    t.equal(await ask(node, '10.20.0.1', UNDEFINED), '10.20.0.1')
    t.equal(await ask(pod, VIP, DEFINED), '10.20.0.5')
  },
)

t.test('no link answers ARP for a VIP; for its own address it does', needs, async (t) => {
  const { client, outside, host, remove } = await makeScene(t)
  const neighbour = (address: string): string => outside.exec('ip', 'neighbor', 'show', address)
  outside.ip(`route add ${VIP}/32 dev eth0`)
  t.equal(await ask(client, VIP, DEFINED), 'timeout')
  t.notMatch(neighbour(VIP), 'lladdr')
  t.equal(await ask(client, '203.0.113.1', DEFINED), '203.0.113.2')
  t.match(neighbour('203.0.113.1'), 'lladdr')
  remove('address4', VIP)
  outside.ip('neighbor flush dev eth0')
  t.equal(await ask(client, VIP, DEFINED), '203.0.113.2', 'which the kernel does otherwise')
  t.match(neighbour(VIP), 'lladdr')
  host.ip(`route del local ${VIP} dev lo table local`)
})
