import t from 'tap'
import { add } from './add.ts'
import { simulatedCall } from './simulated-call.ts'
import { type SimulatedEdges, simulatedEdges } from './simulated-edges.ts'
import { device } from './simulated-rtnetlink.ts'

const L3 = { isGateway: true, vlan: 100, ipam: { type: 'ipam' } }
const NATIVE = [{ id: 100, native: true, untagged: true }]
const DEFAULT = [{ id: 1, native: true, untagged: true }]

/** A host with br0 and the gateway into its VLAN 100, whose port is the bridge's. */
const withGateway = (gateway: { up?: boolean; master?: number } = {}, edges = simulatedEdges()): SimulatedEdges => {
  edges.host.links.push(
    device({ index: 10, name: 'br0', kind: 'bridge' }),
    device({ index: 11, name: 'vethgate', kind: 'veth', peerIndex: 12, master: gateway.master ?? 10 }),
    device({ index: 12, name: 'br0.100', kind: 'veth', peerIndex: 11, up: gateway.up ?? true }),
  )
  edges.host.vlans.set(11, NATIVE)
  return edges
}

const hostLog = ({ log }: SimulatedEdges): string[] => log.filter((line) => /^host (add|change|delete|vlans|\d)/.test(line))

t.test('a gateway into the VLAN is made: a pair, its port in the VLAN, and raised last', (t) => {
  const edges = simulatedEdges()
  const { interfaces } = add(simulatedCall(edges, L3), edges)
  t.strictSame(hostLog(edges), [
    'host add bridge br0',
    'host change 10 {"up":true}',
    'host change 21 {"master":10,"up":true}',
    'host vlans 21 -1',
    'host vlans 21 +100nu',
    'host add veth br0.100/veth02020202',
    'host change 22 {"master":10,"up":true}',
    'host vlans 22 -1',
    'host vlans 22 +100nu',
    'host change 42 {"up":true}',
    'host 42 +10.1.0.1/24',
    'host change 42 {"mac":"02:00:00:00:00:42"}',
  ])
  t.strictSame(
    interfaces.map(({ name }) => name),
    ['br0', 'veth01010101', 'eth0', 'br0.100'],
  )
  t.strictSame(interfaces[3], { name: 'br0.100', mac: '02:00:00:00:00:42' })
  t.end()
})

t.test('a gateway that is there is used as it is', (t) => {
  const edges = withGateway()
  edges.host.addresses.push({ address: '10.1.0.1', prefixLength: 24, link: 12, scope: 0, flags: 0x80 })
  t.equal(add(simulatedCall(edges, L3), edges).interfaces[3]?.name, 'br0.100')
  t.notOk(edges.log.some((line) => /^host (add|change 1[12]|vlans 11|12 )/.test(line)))
  t.end()
})

t.test('a gateway that was not completed, or lost its bridge, is completed', (t) => {
  for (const gateway of [{ up: false, master: 0 }, { up: false }, { master: 0 }]) {
    const edges = withGateway(gateway)
    edges.host.vlans.set(11, DEFAULT)
    add(simulatedCall(edges, L3), edges)
    t.match(
      edges.host.links.filter(({ name }) => ['vethgate', 'br0.100'].includes(name)),
      [
        { name: 'vethgate', master: 10, up: true },
        { name: 'br0.100', up: true },
      ],
    )
    t.strictSame(edges.host.vlans.get(11), NATIVE)
  }
  t.end()
})

t.test('a gateway that another ADD makes at the same moment is taken', (t) => {
  const edges = simulatedEdges()
  const asked = simulatedCall(edges, L3)
  const { openRtnetlink } = edges
  const racing = {
    ...edges,
    openRtnetlink: (...where: Parameters<typeof openRtnetlink>) => {
      const links = openRtnetlink(...where)
      const link: typeof links.addLink = (spec) => {
        if (spec.name === 'br0.100') {
          edges.host.links.push(device({ index: 50, name: 'br0.100', kind: 'veth', peerIndex: 51 }))
          edges.host.links.push(device({ index: 51, name: 'vethother', kind: 'veth', peerIndex: 50 }))
        }
        links.addLink(spec)
      }
      return { ...links, addLink: link }
    },
  }
  t.equal(add(asked, racing).interfaces[3]?.mac, '02:00:00:00:00:50')
  t.strictSame(edges.host.vlans.get(51), NATIVE)
  t.end()
})

t.test('a name that the VLAN’s number makes too long is refused before anything is made', (t) => {
  const edges = simulatedEdges()
  t.throws(() => add(simulatedCall(edges, { ...L3, bridge: 'twelve-bytes' }), edges), {
    message:
      'failed to create vlan interface: faild to create vlan gateway "twelve-bytes.100": failed to make veth pair: numerical result out of range',
  })
  t.strictSame(edges.log, [])
  t.doesNotThrow(() => add(simulatedCall(edges, { ...L3, bridge: 'twelve-bytes', isGateway: false }), edges))
  t.end()
})

const points: [refused: string, message: string][] = [
  ['host vlans 21 -1', 'failed to remove default vlan on interface "veth01010101": operation not permitted'],
  ['host vlans 21 +100', 'failed to setup vlan tag on interface "veth01010101": operation not permitted'],
  [
    'host add veth br0.100',
    'failed to create vlan interface: faild to create vlan gateway "br0.100": failed to make veth pair: operation not permitted',
  ],
  [
    'host change 22 {"master"',
    'failed to create vlan interface: faild to create vlan gateway "br0.100": failed to connect "veth02020202" to bridge br0: operation not permitted',
  ],
  [
    'host vlans 22 +100',
    'failed to create vlan interface: faild to create vlan gateway "br0.100": failed to setup vlan tag on interface "veth02020202": operation not permitted',
  ],
  ['host change 42 {"up"', 'failed to create vlan interface: failed to up "br0.100": operation not permitted'],
  [
    'host 42 +10.1.0.1/24',
    'failed to set vlan interface for bridge with addr: could not add IP address 10.1.0.1/24 to "br0.100": operation not permitted',
  ],
  ['host change 42 {"mac"', "failed to set vlan interface for bridge with addr: could not set bridge's mac: operation not permitted"],
  ['host net/ipv4/ip_forward', 'failed to enable forwarding: operation not permitted'],
]

t.test('an ADD that fails leaves neither gateway nor bridge that it made', (t) => {
  for (const [refused, message] of points) {
    const edges = simulatedEdges({ refuse: { [refused]: 1 } })
    const asked = simulatedCall(edges, L3)
    t.throws(() => add(asked, edges), { message }, refused)
    t.strictSame([edges.host.links, edges.host.addresses, edges.container.links], [[], [], []], refused)
    t.strictSame(asked.warnings, [], refused)
  }
  t.end()
})

t.test('on a kernel that cannot filter VLANs nothing is begun, and no address is asked for', (t) => {
  const edges = simulatedEdges({ refuse: { 'host add bridge': 95 } })
  const asked = simulatedCall(edges, L3)
  t.throws(() => add(asked, edges), { message: 'failed to create bridge "br0": could not add "br0": operation not supported' })
  t.strictSame(edges.log, ['refused: host add bridge br0'])
  t.end()
})

t.test('a trunk’s default VLAN has an error of its own', (t) => {
  const edges = simulatedEdges({ refuse: { 'host vlans 21 +1n': 1 } })
  t.throws(() => add(simulatedCall(edges, { vlanTrunk: [{ id: 7 }] }), edges), {
    message: 'failed to setup default native vlan tag on interface "veth01010101": operation not permitted',
  })
  t.end()
})

t.test('what a failed ADD did to a gateway stays when another port is in the VLAN, and goes when it is in another', (t) => {
  for (const [vlan, stays] of [
    [100, true],
    [200, false],
  ] as const) {
    const edges = withGateway({}, simulatedEdges({ refuse: { 'host net/ipv4/ip_forward': 30 } }))
    edges.host.links.push(device({ index: 13, name: 'vethpod', kind: 'veth', peerIndex: 9, master: 10 }))
    edges.host.vlans.set(13, [{ id: vlan, native: true, untagged: true }])
    t.throws(() => add(simulatedCall(edges, L3), edges))
    t.equal(edges.host.addresses.length, stays ? 1 : 0, String(vlan))
    t.ok(edges.host.links.some(({ name }) => name === 'br0.100'))
  }
  t.end()
})
