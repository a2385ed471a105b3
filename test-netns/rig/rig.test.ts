import { existsSync } from 'node:fs'
import { join as path } from 'node:path'
import { execaNode } from 'execa'
import t from 'tap'
import { ask, askMany, askUdp, askUdpMany } from './ask.ts'
import { capture } from './capture.ts'
import { startEcho } from './echo.ts'
import { addFlannel } from './flannel.ts'
import { addFlannelMasquerade } from './flannel-masquerade.ts'
import { addBridge, join } from './link.ts'
import { makeNamespace } from './namespace.ts'
import { makeOwner } from './owner.ts'
import { addPodBridge, makePod } from './pod.ts'
import { startProcess } from './process.ts'
import { requires } from './requires.ts'
import { makeUnderlay } from './underlay.ts'
import { addresses, bridgePorts, link, routes } from './witness-ip.ts'
import { connections, iptablesSave, nftRuleset, nftTable, nftText } from './witness-netfilter.ts'

const tools = ['ip', 'nft', 'iptables', 'conntrack', 'tcpdump', 'curl']

t.test('a namespace is there until its owner is done, with what runs in it', requires('root', 'ip'), async (t) => {
  const owner = makeOwner()
  const host = makeNamespace(owner, 'host')
  const sleep = await startProcess(owner, host.command('sleep', '100'))
  t.match(host.name, /^host-[0-9a-f]{6}$/)
  t.equal(host.exec('ip', 'netns', 'identify', String(sleep.pid)), host.name)
  t.match(host.attempt('ls', '/nonexistent'), { exitCode: 2, stderr: /No such file/ })
  owner.close()
  t.equal(await sleep.ended, 'SIGKILL')
  t.notOk(existsSync(host.path))
})

t.test('a namespace does not outlive a test process that is told to stop', requires('root', 'ip'), async (t) => {
  const program = execaNode(path(import.meta.dirname, 'testing/hold-namespace.ts'), { reject: false })
  const { value: name } = await program.iterable()[Symbol.asyncIterator]().next()
  t.ok(existsSync(`/run/netns/${name}`), `it made ${name}`)
  program.kill('SIGTERM')
  t.equal((await program).signal, 'SIGTERM')
  t.notOk(existsSync(`/run/netns/${name}`))
})

t.test('clients learn who answered and who they were, or why nobody did', requires('root', ...tools), async (t) => {
  const { client, nodes, routeTo } = makeUnderlay(t)
  const [one, two] = nodes
  if (one === undefined || two === undefined) throw new Error('two nodes were asked for')
  await startEcho(t, one.namespace, 'echo', 8080)
  t.match(ask(client, 'http://192.168.50.11:8080/', { sourcePort: 40000 }), { name: 'echo', client: '203.0.113.2', clientPort: 40000 })
  t.match(ask(client, 'http://[fd50::11]:8080/'), { name: 'echo', client: '2001:db8:113::2' })
  t.match(askUdp(two.namespace, '192.168.50.11', 8080, { sourcePort: 5353 }), { name: 'echo', client: '192.168.50.12', clientPort: 5353 })
  t.same(askMany(client, 'http://192.168.50.11:8080/', 3), { echo: 3 })
  t.same(askUdpMany(client, 'fd50::11', 8080, { times: 2 }), { echo: 2 })

  t.equal(ask(client, 'http://192.168.50.11:8081/'), 'refused')
  t.equal(askUdp(client, '192.168.50.11', 8081), 'refused')
  t.equal(ask(two.namespace, 'http://192.168.50.99/', { timeout: 10 }), 'unreachable')
  one.namespace.exec('iptables', '-A', 'INPUT', '-p', 'udp', '-j', 'DROP')
  t.equal(askUdp(client, '192.168.50.11', 8080, { timeout: 1 }), 'timeout')

  routeTo('10.96.0.0/16', two)
  two.namespace.ip('route add local 10.96.0.10 dev lo')
  t.equal(ask(client, 'http://10.96.0.10/'), 'refused', 'the second node got the packet')
})

t.test('pods reach each other across nodes through the overlay, with their own addresses', requires('root', ...tools), async (t) => {
  const underlay = makeUnderlay(t)
  const [one, two] = addFlannel(underlay)
  if (one === undefined || two === undefined) throw new Error('two nodes were asked for')
  for (const node of [one, two]) {
    addPodBridge(node)
    addFlannelMasquerade(node)
  }
  const [here, there] = [makePod(t, one, 2), makePod(t, two, 3)]
  await startEcho(t, there.namespace, 'there', 80)
  const wire = await capture(t, underlay.router, 'node2', 'udp port 8472')
  t.match(ask(here.namespace, 'http://10.20.1.3/'), { name: 'there', client: '10.20.0.2' })
  t.match((await wire.stop())[0], /^IP 192\.168\.50\.11\.\d+ > 192\.168\.50\.12\.8472: OTV, flags \[I\] \(0x08\), overlay 0, instance 1/)
  t.match(connections(two.namespace, '--dst', '10.20.1.3')[0], {
    protocol: 'tcp',
    original: { source: '10.20.0.2', destination: '10.20.1.3', destinationPort: 80 },
    reply: { source: '10.20.1.3', destination: '10.20.0.2', sourcePort: 80 },
    mark: 0,
    assured: true,
  })
  t.match(ask(one.namespace, 'http://10.20.1.3/'), { name: 'there', client: '10.20.0.0' }, 'a host is masqueraded into the overlay')
  t.equal(one.subnetEnv, 'FLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.0.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n')
})

t.test('the witnesses read what iproute2, nft and iptables made', requires('root', ...tools), async (t) => {
  const [host, pod] = [makeNamespace(t, 'host'), makeNamespace(t, 'pod')]
  addBridge(host, 'br0')
  join({ namespace: host, device: 'veth0', bridge: 'br0' }, { namespace: pod, device: 'eth0', addresses: ['10.1.0.2/24', 'fd00::2/64'] })
  host.exec('bridge', 'link', 'set', 'dev', 'veth0', 'hairpin', 'on')
  pod.ip('route add default via 10.1.0.1')

  t.match(link(host, 'veth0'), { ifname: 'veth0', master: 'br0', mtu: 1500, linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge' } })
  t.equal(link(host, 'eth0'), undefined)
  t.match(addresses(pod, 'eth0'), [
    { dev: 'eth0', local: '10.1.0.2', prefixlen: 24 },
    { dev: 'eth0', local: 'fd00::2', prefixlen: 64 },
  ])
  t.match(routes(pod), [
    { type: 'unicast', dst: 'default', gateway: '10.1.0.1', dev: 'eth0', protocol: 'boot' },
    { dst: '10.1.0.0/24', prefsrc: '10.1.0.2', scope: 'link', protocol: 'kernel' },
  ])
  t.match(bridgePorts(host), [{ ifname: 'veth0', master: 'br0', hairpin: true, isolated: false }])

  t.same(nftRuleset(host), [])
  t.same(nftTable(host, 'ip', 'mine'), [])
  host.execWithInput('table ip mine {\n chain c {\n  tcp dport 80 accept\n }\n}\n', 'nft', '-f', '-')
  t.match(nftTable(host, 'ip', 'mine'), [{ table: { family: 'ip', name: 'mine' } }, { chain: { name: 'c' } }, { rule: { chain: 'c' } }])
  t.equal(nftText(host, 'ip', 'mine'), 'table ip mine {\nchain c {\ntcp dport 80 accept\n}\n}')
  pod.exec('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE')
  t.match(iptablesSave(pod), [
    '*nat',
    ':PREROUTING ACCEPT',
    ':INPUT ACCEPT',
    ':OUTPUT ACCEPT',
    ':POSTROUTING ACCEPT',
    '-A POSTROUTING -j MASQUERADE',
    'COMMIT',
  ])
})
