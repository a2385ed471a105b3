/** Our tables beside the NAT rules of flannel, both backends, and of portmap: nobody touches the other's, and each packet is translated as its owner wants. */
import t, { type Test } from 'tap'
import { inOneGo } from '../../proxy/services/steps.ts'
import { ask } from '../rig/ask.ts'
import { startEcho } from '../rig/echo.ts'
import { addFlannelMasquerade } from '../rig/flannel-masquerade.ts'
import { addFlannelMasqueradeNft } from '../rig/flannel-masquerade-nft.ts'
import { join } from '../rig/link.ts'
import { makeNamespace, type NetNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { forward } from '../rig/underlay.ts'
import { CONFIG, openTables, type TablesHost } from './dataplane/host.ts'

const NEEDS = requires('root', 'nft', 'iptables-nft', 'curl')

const [HERE, THERE, CLIENT] = ['10.20.0.2', '10.20.1.3', '203.0.113.2']
const POD_CIDR = '10.20.0.0/24'

interface Scene extends TablesHost {
  readonly node: NetNamespace
  readonly client: NetNamespace
  readonly pod: NetNamespace
  /** Who the pod elsewhere sees when somebody asks it. */
  readonly seen: (from: NetNamespace, port: number) => unknown
}

/** A client outside, a pod here and a pod elsewhere, all behind links of the node. Port 80 of the pod elsewhere stands for a Service, in place of IPVS. */
const makeScene = async (t: Test): Promise<Scene> => {
  const node = makeNamespace(t, 'node')
  forward(node)
  const attach = (label: string, address: string, gateway: string): NetNamespace => {
    const namespace = makeNamespace(t, label)
    join({ namespace, device: 'eth0', addresses: [`${address}/24`] }, { namespace: node, device: label, addresses: [`${gateway}/24`] })
    namespace.ip(`route add default via ${gateway}`)
    return namespace
  }
  const [client, pod] = [attach('client', CLIENT, '203.0.113.1'), attach('pod', HERE, '10.20.0.1')]
  await startEcho(t, attach('elsewhere', THERE, '10.20.1.1'), 'elsewhere', 80, 81)
  const host = openTables(t, node)
  inOneGo(host.tables.ensure(CONFIG))
  host.add('vip4', `${THERE} . tcp . 80`)
  const seen = (from: NetNamespace, port: number): unknown => {
    const answer = ask(from, `http://${THERE}:${port}/`, { timeout: 2 })
    return typeof answer === 'string' ? answer : answer.client
  }
  return { ...host, node, client, pod, seen }
}

/** Rules of everybody but us. */
const othersRules = (node: NetNamespace): string =>
  node
    .exec('nft', '--stateless', 'list', 'ruleset')
    .split(/^(?=table )/m)
    .filter((table) => !/^table (inet|arp) selvedge /.test(table))
    .join('')

/** What flannel does every --iptables-resync: each of its rules is looked for. */
const resync = (node: NetNamespace): number[] =>
  node
    .exec('iptables-nft-save')
    .split('\n')
    .filter((line) => line.startsWith('-A ') && line.includes('FLANNEL'))
    .map((line) => {
      const table = /POSTR/.test(line) ? 'nat' : 'filter'
      return node.attempt('sh', '-c', `iptables-nft -t ${table} ${line.replace(/^-A/, '-C')}`).exitCode ?? -1
    })

t.test('flannel’s iptables rules', NEEDS, async (t) => {
  const { node, client, pod, seen, tables, generation } = await makeScene(t)
  addFlannelMasquerade({ namespace: node, podCidr: POD_CIDR })
  const before = othersRules(node)
  t.equal(tables.disturbed(), true)
  t.equal(inOneGo(tables.ensure(CONFIG)), false, 'they are nothing that we would answer')
  t.equal(seen(client, 80), '10.20.1.1', 'an outside client of a Service is seen as the node, by our rule')
  t.equal(seen(pod, 80), HERE, 'a pod keeps its address')
  t.equal(seen(pod, 81), HERE)
  const now = generation()
  for (let round = 0; round < 3; round++) {
    const found = resync(node)
    t.same([found.length, found.every((status) => status === 0)], [10, true], 'flannel finds all of its rules')
    t.equal(inOneGo(tables.ensure(CONFIG)), false)
  }
  t.equal(generation(), now, 'nobody wrote')
  t.equal(othersRules(node), before)
})

t.test('flannel’s nftables rules', NEEDS, async (t) => {
  const { node, client, pod, seen, tables } = await makeScene(t)
  addFlannelMasqueradeNft({ namespace: node, podCidr: POD_CIDR })
  const before = othersRules(node)
  t.equal(inOneGo(tables.ensure(CONFIG)), false)
  t.equal(seen(client, 80), '10.20.1.1', 'an outside client of a Service is seen as the node, which flannel alone would not do here')
  t.equal(seen(client, 81), CLIENT, 'and what is no Service is left to flannel')
  t.equal(seen(pod, 80), HERE, 'a pod keeps its address')
  t.equal(othersRules(node), before)
  addFlannelMasqueradeNft({ namespace: node, podCidr: POD_CIDR })
  t.equal(inOneGo(tables.ensure(CONFIG)), false, 'a flannel that starts again writes its table anew')
  t.equal(seen(client, 80), '10.20.1.1')
})

/** As either suite's portmap makes them for the first pod with a host port: mark bit 13 is its default. */
const PORTMAP = `*nat
:CNI-HOSTPORT-MASQ - [0:0]
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
COMMIT
`

t.test('portmap’s mark is not ours: a pod keeps its address beside its rules', NEEDS, async (t) => {
  const { node, client, pod, seen } = await makeScene(t)
  node.execWithInput(PORTMAP, 'iptables-nft-restore', '--noflush')
  t.equal(seen(pod, 80), HERE)
  t.equal(seen(client, 80), '10.20.1.1')
})
