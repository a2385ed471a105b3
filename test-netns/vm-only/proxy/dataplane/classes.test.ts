/** Clients inside and outside, through IPVS: which endpoints they get, whose address these see, and that nobody masquerades twice. */
import t from 'tap'
import type { AddressServerId } from '#kernel/ipvs/types.ts'
import { capture } from '../../../rig/capture.ts'
import { addFlannelMasquerade } from '../../../rig/flannel-masquerade.ts'
import { requires } from '../../../rig/requires.ts'
import { connections, iptablesSave } from '../../../rig/witness-netfilter.ts'
import { localOutside, nodePort, vip } from './node.ts'
import { A, B, makeScene, POD_PORT, seen } from './scene.ts'

t.setTimeout(600_000)

const MARK = 0x1_1000
const NODE = '192.168.50.11'
const CLIENT = '203.0.113.2'
const BOTH = [
  [A, POD_PORT],
  [B, POD_PORT],
] as const
const LOCAL = [[A, POD_PORT]] as const

const tcp = (address: string, port: number): AddressServerId => ({ protocol: 'tcp', address, port })
const udp = (address: string, port: number): AddressServerId => ({ protocol: 'udp', address, port })

t.test('clients inside and outside', requires('root', 'ipvs', 'nft', 'iptables', 'conntrack', 'tcpdump'), async (t) => {
  const { underlay, plane, one, client, a, a2, node } = await makeScene(t)
  plane.put(
    ...vip(tcp('10.96.0.10', 80), NODE, BOTH),
    { kind: 'element', set: 'hairpin4', element: `${A} . ${A}` },
    ...vip(tcp('198.51.100.10', 80), NODE, BOTH),
    ...localOutside(tcp('198.51.100.10', 80), MARK, LOCAL),
    ...vip(udp('198.51.100.11', 53), NODE, BOTH),
    ...localOutside(udp('198.51.100.11', 53), 0x2_1000, LOCAL),
    ...nodePort(tcp(NODE, 30_080), BOTH),
    ...nodePort(tcp(NODE, 30_081), BOTH),
    ...localOutside(tcp(NODE, 30_081), MARK, LOCAL),
  )

  await t.test('policy Local: outside clients get local endpoints and keep their address, all others get every endpoint', async (t) => {
    t.same(await seen(client, '198.51.100.10', 80), [`a saw ${CLIENT}`])
    t.same(await seen(client, NODE, 30_081), [`a saw ${CLIENT}`])
    t.same(await seen(client, '198.51.100.11', 53, 'udp'), [`a saw ${CLIENT}`])
    t.same(await seen(a2, '198.51.100.10', 80), ['a saw 10.20.0.6', 'b saw 10.20.0.6'])
    t.same(
      (await seen(node, '198.51.100.10', 80)).map((line) => line.slice(0, 5)),
      ['a saw', 'b saw'],
    )
  })

  await t.test('policy Cluster: outside clients get every endpoint from the node’s address', async (t) => {
    for (const [address, port] of [['10.96.0.10', 80] as const, [NODE, 30_080] as const]) {
      t.same(await seen(client, address, port), ['a saw 10.20.0.1', 'b saw 10.20.0.0'])
    }
    t.same(await seen(a2, '10.96.0.10', 80), ['a saw 10.20.0.6', 'b saw 10.20.0.6'])
  })

  await t.test('a pod that meets itself sees the node', async (t) => {
    t.match(await seen(a, '10.96.0.10', 80), ['a saw 10.20.0.1', `b saw ${A}`])
  })

  await t.test('NodePorts answer at their address, and at no other one of the node', async (t) => {
    t.same(await seen(a2, NODE, 30_080), ['a saw 10.20.0.6', 'b saw 10.20.0.6'])
    t.same(await seen(a2, '10.20.0.1', 30_080), ['refused'])
    t.same(await seen(node, '127.0.0.1', 30_080), ['refused'])
    t.same(await seen(client, '10.96.0.10', 30_080), ['refused'])
  })

  await t.test('masqueraded connections come from ports that no NodePort can have', async (t) => {
    await client.askMany({ address: '10.96.0.10', port: 80, times: 24 })
    const ports = connections(one.namespace, '--proto', 'tcp')
      .filter(({ original, reply }) => original.source === CLIENT && reply.destination !== CLIENT)
      .map(({ reply }) => reply.destinationPort ?? 0)
    t.ok(ports.length >= 24)
    t.same(
      ports.filter((port) => port < 32_768),
      [],
    )
    t.ok(new Set(ports.map((port) => port >> 12)).size > 3, 'at random')
  })

  await t.test('what others mark (Calico: 0x10000) does not get the mark of a virtual server by ours', async (t) => {
    const mark = (hook: string): string => `chain ${hook} { type filter hook ${hook} priority raw; meta mark set 0x10000; }`
    one.namespace.execWithInput(`table inet others { ${mark('prerouting')}; ${mark('output')}; }`, 'nft', '-f', '-')
    t.same(await seen(a2, '10.96.0.10', 80), ['a saw 10.20.0.6', 'b saw 10.20.0.6'])
    t.same(
      (await seen(node, '10.96.0.10', 80)).map((line) => line.slice(0, 5)),
      ['a saw', 'b saw'],
    )
    t.same(await seen(client, '198.51.100.10', 80), [`a saw ${CLIENT}`], 'clients outside of a Local Service get it still')
    one.namespace.exec('nft', 'delete', 'table', 'inet', 'others')
  })

  await t.test('no mark of ours leaves the node', async (t) => {
    const script = [
      'add table inet witness',
      'add counter inet witness marked',
      'add counter inet witness everything',
      'add chain inet witness out { type filter hook postrouting priority 300; }',
      'add rule inet witness out counter name everything',
      // In the kernel's own reports of group membership the field of the mark holds a length (struct sk_buff, reserved_tailroom).
      'add rule inet witness out meta l4proto igmp accept',
      'add rule inet witness out icmpv6 type mld2-listener-report accept',
      'add rule inet witness out meta mark != 0 counter name marked',
    ]
    one.namespace.execWithInput(script.join('\n'), 'nft', '-f', '-')
    await seen(client, '198.51.100.10', 80)
    await seen(client, '10.96.0.10', 80)
    await seen(a2, '10.96.0.10', 80)
    const shown = one.namespace.exec('nft', 'list', 'counters', 'table', 'inet', 'witness')
    t.match(shown, /counter marked \{\s+packets 0 /)
    t.notMatch(shown, /counter everything \{\s+packets 0 /)
  })

  await t.test('flannel’s rules masquerade nothing that is ours, by iptables and by nftables', async (t) => {
    addFlannelMasquerade(one)
    const chain = (): string[] => iptablesSave(one.namespace).filter((line) => line.includes('FLANNEL-POSTRTG'))
    t.match(chain(), [/./])
    const ask = async (): Promise<string[][]> => [
      await seen(client, '198.51.100.10', 80),
      await seen(client, '10.96.0.10', 80),
      await seen(a2, '10.96.0.10', 80),
    ]
    const wanted = [[`a saw ${CLIENT}`], ['a saw 10.20.0.1', 'b saw 10.20.0.0'], ['a saw 10.20.0.6', 'b saw 10.20.0.6']]
    t.same(await ask(), wanted)
    const masqueraded = one.namespace
      .exec('iptables-save', '-c', '-t', 'nat')
      .split('\n')
      .filter((line) => line.includes('MASQUERADE'))
    t.equal(masqueraded.length, 2)
    for (const line of masqueraded) t.match(line, /^\[0:0\]/)
    one.namespace.exec('iptables', '-t', 'nat', '-F')
    one.namespace.execWithInput(FLANNEL_NFT, 'nft', '-f', '-')
    t.same(await ask(), wanted)
    t.match(one.namespace.exec('nft', 'list', 'table', 'ip', 'flannel-ipv4'), /counter packets 0 .*masquerade/)
  })

  await t.test('IPv6: from the node’s address to another node, with the client’s own to this one', async (t) => {
    const id = tcp('fd00:96::10', 80)
    plane.put(...vip(id, 'fd50::11', [['fd50::12', POD_PORT]]))
    t.same(await seen(client, 'fd00:96::10', 80), ['node2 saw fd50::11'])
    plane.put(...localOutside(id, 0x3_1000, [['fd50::11', POD_PORT]]))
    t.same(await seen(client, 'fd00:96::10', 80), ['node saw 2001:db8:113::2'])
  })

  await t.test('what the kernel holds is known again, and removed whole', async (t) => {
    const keys = plane.keys()
    for (const key of [
      'mark outside4 198.51.100.10 . tcp . 80',
      'server fwmark 0x11000 ipv4',
      `destination fwmark 0x11000 ipv4 ${A}:${POD_PORT}`,
      'server fwmark 0x31000 ipv6',
    ])
      t.ok(keys.includes(key), key)
    plane.remove(...localOutside(tcp('198.51.100.10', 80), MARK, LOCAL))
    t.notOk(plane.keys().some((key) => key.includes('0x11000')))
    t.same(await seen(client, '198.51.100.10', 80), ['a saw 10.20.0.1', 'b saw 10.20.0.0'], 'policy Cluster again')
  })

  await t.test('the node never gives a VIP as its own address to its neighbours', async (t) => {
    one.namespace.ip('neighbor flush dev eth0')
    const arp = await capture(t, underlay.router, 'lan', 'arp')
    await seen(client, '198.51.100.10', 80)
    const lines = await arp.stop()
    t.ok(lines.some((line) => line.includes('who-has 192.168.50.1 tell 192.168.50.11')))
    t.same(
      lines.filter((line) => /tell (10\.96|198\.51)\./.test(line)),
      [],
    )
  })

  await t.test('--masquerade-all masks pods too, and still not outside clients of a Local Service', async (t) => {
    plane.configure({ masqueradeAll: true })
    t.same(await seen(a2, '10.96.0.10', 80), ['a saw 10.20.0.1', 'b saw 10.20.0.0'])
    t.same(await seen(a2, '198.51.100.11', 53, 'udp'), ['a saw 10.20.0.1', 'b saw 10.20.0.0'])
    t.same(await seen(client, '198.51.100.11', 53, 'udp'), [`a saw ${CLIENT}`])
  })
})

/** @see flannel pkg/trafficmngr/nftables/nftables.go */
const FLANNEL_NFT = `table ip flannel-ipv4 {
  chain postrtg {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark 0x4000 return
    ip saddr 10.20.0.0/24 ip daddr 10.20.0.0/16 return
    ip saddr 10.20.0.0/16 ip daddr 10.20.0.0/24 return
    ip saddr != 10.20.0.0/24 ip daddr 10.20.0.0/16 return
    ip saddr 10.20.0.0/16 ip daddr != 224.0.0.0/4 counter masquerade fully-random
    ip saddr != 10.20.0.0/16 ip daddr 10.20.0.0/16 masquerade fully-random
  }
}`
