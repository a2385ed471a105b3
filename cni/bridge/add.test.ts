import t from 'tap'
import type { Call } from '../protocol/plugin.ts'
import { add } from './add.ts'
import { LEASE, simulatedCall } from './simulated-call.ts'
import { type SimulatedEdges, simulatedEdges } from './simulated-edges.ts'
import { device } from './simulated-rtnetlink.ts'

const L3 = { isDefaultGateway: true, ipam: { type: 'ipam' } }

t.test('the pair comes first, then the lease, then everything else, and all sockets are closed', (t) => {
  const edges = simulatedEdges()
  edges.host.links.push(device({ index: 10, name: 'br0', kind: 'bridge' }))
  const result = add(simulatedCall(edges, { ...L3, hairpinMode: true }), edges)
  t.strictSame(edges.log, [
    'container add veth eth0/veth01010101',
    'lease from ipam',
    'host net/ipv6/conf/br0/accept_ra=0',
    'host net/ipv6/conf/veth01010101/accept_ra=0',
    'host change 21 {"master":10,"up":true}',
    'host port 21 {"hairpin":true,"isolated":false}',
    'container net/ipv6/conf/eth0/accept_dad=0',
    'container net/ipv4/conf/eth0/arp_notify=1',
    'container 2 +10.1.0.2/24',
    'container change 2 {"up":true}',
    'container route default via 10.1.0.1',
    'host 10 +10.1.0.1/24',
    'host change 10 {"mac":"02:00:00:00:00:10"}',
    'host net/ipv4/ip_forward=1',
  ])
  t.strictSame(edges.open, { namespaces: 0, sockets: 0 })
  t.strictSame(
    result.interfaces.map(({ name, mac, sandbox }) => [name, mac, sandbox]),
    [
      ['br0', '02:00:00:00:00:10', undefined],
      ['veth01010101', '02:00:00:00:00:21', undefined],
      ['eth0', '02:00:00:00:00:02', '/run/netns/pod'],
    ],
  )
  t.end()
})

t.test('a port name that is taken on the host is drawn again', (t) => {
  const edges = simulatedEdges()
  edges.host.links.push(device({ index: 4, name: 'veth01010101' }))
  add(simulatedCall(edges, {}), edges)
  t.strictSame(edges.log.slice(0, 2), ['container add veth eth0/veth01010101', 'container add veth eth0/veth02020202'])
  t.end()
})

t.test('an interface that the container has already is the error of the reference, and IPAM is not asked', (t) => {
  const edges = simulatedEdges()
  edges.container.links.push(device({ index: 2, name: 'eth0' }))
  t.throws(() => add(simulatedCall(edges, L3), edges), {
    message: 'container veth name ("eth0") peer provided ("veth01010101") already exists',
  })
  t.strictSame(edges.log, ['container add veth eth0/veth01010101'])
  t.strictSame(edges.container.links.length, 1)
  t.end()
})

t.test('when every drawn name is taken the tenth try is the last', (t) => {
  const edges = simulatedEdges({ refuse: { 'container add veth': 17 } })
  t.throws(() => add(simulatedCall(edges, {}), edges), { message: /^container veth name \("eth0"\) peer provided \("veth0a0a0a0a"\)/ })
  t.equal(edges.log.length, 10)
  t.end()
})

t.test('what cannot succeed is refused before anything is made', (t) => {
  const refused = (config: object, edges: SimulatedEdges, message: string, other: Partial<Call> = {}): void => {
    t.throws(() => add({ ...simulatedCall(edges, config), ...other }, edges), { message }, message)
    t.strictSame(edges.log, [], message)
    t.strictSame(edges.open, { namespaces: 0, sockets: 0 }, message)
  }
  const unknown = { ipMasq: true, ipMasqBackend: 'x', ipam: { type: 'ipam' } }
  refused(unknown, simulatedEdges(), 'unknown ipmasq backend "x"')
  refused({ bridge: '' }, simulatedEdges(), 'failed to create bridge "": could not add "": LinkAttrs.Name cannot be empty')
  refused(
    { bridge: 'a-name-of-16-byt' },
    simulatedEdges(),
    'failed to create bridge "a-name-of-16-byt": could not add "a-name-of-16-byt": numerical result out of range',
  )
  for (const bridge of ['.', '..', 'a/b', 'br%d', 'a b', 'a:b']) {
    refused({ bridge }, simulatedEdges(), `failed to create bridge "${bridge}": could not add "${bridge}": invalid argument`)
  }
  refused(
    {},
    simulatedEdges({ namespace: 'missing' }),
    'failed to open netns "/run/netns/pod": failed to Statfs "/run/netns/pod": no such file or directory',
  )
  refused({}, simulatedEdges({ namespace: 'file' }), 'failed to open netns "/run/netns/pod": unknown FS magic on "/run/netns/pod": 1021994')
  refused({ args: { cni: { mac: 'zz' } } }, simulatedEdges(), 'failed to make veth pair: address zz: invalid MAC address')
  refused({}, simulatedEdges(), 'failed to make veth pair: invalid argument', { ifname: 'eth%d' })
  const taken = simulatedEdges()
  taken.host.links.push(device({ index: 10, name: 'br0', kind: 'veth' }))
  refused({}, taken, 'failed to create bridge "br0": "br0" already exists but is not a bridge')
  t.end()
})

t.test('a bridge that another ADD makes at the same moment is taken as it is', (t) => {
  const edges = simulatedEdges()
  const asked = simulatedCall(edges, L3, {
    add: () => {
      edges.host.links.push(device({ index: 30, name: 'br0', kind: 'bridge' }))
      edges.host.addresses.push({ address: '10.1.0.1', prefixLength: 24, link: 30, scope: 0, flags: 0x80 })
      return LEASE
    },
  })
  t.equal(add(asked, edges).interfaces[0]?.mac, '02:00:00:00:00:30')
  t.notOk(
    edges.log.some((line) => line.includes('"mac"')),
    'the bridge keeps the hardware address the other fixed',
  )
  t.end()
})

t.test('[bridge 56] disableContainerInterface neither raises the interface nor waits for the port', (t) => {
  const edges = simulatedEdges({ portState: 'lowerlayerdown' })
  add(simulatedCall(edges, { disableContainerInterface: true }), edges)
  t.strictSame(edges.pauses, [])
  t.notOk(edges.log.some((line) => line.startsWith('container change')))
  t.end()
})
