import t from 'tap'
import { CniError } from '../protocol/error.ts'
import { EMPTY_RESULT } from '../protocol/result.ts'
import { add } from './add.ts'
import { simulatedCall } from './simulated-call.ts'
import { simulatedEdges } from './simulated-edges.ts'
import { device } from './simulated-rtnetlink.ts'

const L3 = { isDefaultGateway: true, ipam: { type: 'ipam' } }

t.test('the error of the IPAM plugin is passed on unchanged, and the pair removed', (t) => {
  const edges = simulatedEdges()
  const error = new CniError(11, 'try again', 'later')
  const thrown = t.throws(() =>
    add(
      simulatedCall(edges, L3, {
        add: () => {
          throw error
        },
      }),
      edges,
    ),
  ) as unknown
  t.equal(thrown, error)
  t.strictSame(edges.log, ['container add veth eth0/veth01010101', 'container delete 2'])
  t.strictSame(edges.host.links, [])
  t.end()
})

t.test('[bridge 47] a failure after the lease undoes everything: pair, then bridge, then lease', (t) => {
  const points: [refused: string, message: string][] = [
    ['host add bridge', 'failed to create bridge "br0": could not add "br0": operation not permitted'],
    ['host change 11 {"up"', 'failed to create bridge "br0": operation not permitted'],
    ['host change 20 {"master"', 'failed to connect "veth01010101" to bridge br0: operation not permitted'],
    ['host port', 'failed to setup hairpin mode for veth01010101: operation not permitted'],
    [
      'container 2 +10.1.0.2/24',
      'failed to add IP addr {Interface:2 Address:{IP:10.1.0.2 Mask:ffffff00} Gateway:10.1.0.1} to "eth0": operation not permitted',
    ],
    ['container change 2 {"up"', 'failed to set "eth0" up: operation not permitted'],
    [
      'container route',
      "failed to add route '{0.0.0.0 00000000000000000000ffff00000000} via 10.1.0.1 dev eth0 metric 0 (Scope: universe, Table: 0)': operation not permitted",
    ],
    ['host 11 +10.1.0.1/24', 'failed to set bridge addr: could not add IP address 10.1.0.1/24 to "br0": operation not permitted'],
    ['host change 11 {"mac"', "failed to set bridge addr: could not set bridge's mac: operation not permitted"],
    ['host net/ipv4/ip_forward', 'failed to enable forwarding: operation not permitted'],
  ]
  for (const [refused, message] of points) {
    const edges = simulatedEdges({ refuse: { [refused]: 1 } })
    const asked = simulatedCall(edges, L3)
    t.throws(() => add(asked, edges), { message }, refused)
    t.strictSame([edges.host.links, edges.host.addresses, edges.container.links], [[], [], []], refused)
    t.equal(edges.log.at(-1), 'release to ipam', refused)
    t.strictSame(asked.warnings, [], refused)
    t.strictSame(edges.open, { namespaces: 0, sockets: 0 }, refused)
  }
  t.end()
})

t.test('a lease without addresses is refused and freed', (t) => {
  const edges = simulatedEdges()
  t.throws(() => add(simulatedCall(edges, L3, { add: () => EMPTY_RESULT }), edges), { message: 'IPAM plugin returned missing IP config' })
  t.strictSame(edges.log, ['container add veth eth0/veth01010101', 'container delete 2', 'release to ipam'])
  t.end()
})

t.test('the first error is kept when undoing fails, and the second told on standard error', (t) => {
  const edges = simulatedEdges({ refuse: { 'container route': 101, 'container delete': 1 } })
  const asked = simulatedCall(edges, L3, {
    del: () => {
      throw new Error('no such lease')
    },
  })
  t.throws(() => add(asked, edges), { message: /network is unreachable$/ })
  t.strictSame(asked.warnings, [
    'bridge: undoing a failed ADD: container delete 2: operation not permitted',
    'bridge: undoing a failed ADD: no such lease',
  ])
  t.end()
})

t.test('a bridge with another port keeps its existence and its new address', (t) => {
  const edges = simulatedEdges({ refuse: { 'host net/ipv4/ip_forward': 30 } })
  edges.host.links.push(device({ index: 10, name: 'br0', kind: 'bridge' }), device({ index: 11, name: 'veth9', master: 10 }))
  t.throws(() => add(simulatedCall(edges, L3), edges), { message: 'failed to enable forwarding: read-only file system' })
  t.strictSame(
    edges.host.addresses.map(({ address }) => address),
    ['10.1.0.1'],
  )
  t.end()
})

t.test('a bridge without other ports gets its old addresses back', (t) => {
  const edges = simulatedEdges({ refuse: { 'host net/ipv4/ip_forward': 30 } })
  edges.host.links.push(device({ index: 10, name: 'br0', kind: 'bridge' }))
  edges.host.addresses.push({ address: '10.9.0.1', prefixLength: 24, link: 10, scope: 0, flags: 0x80 })
  t.throws(() => add(simulatedCall(edges, { ...L3, forceAddress: true }), edges))
  t.strictSame(
    edges.host.addresses.map(({ address }) => address),
    ['10.9.0.1'],
  )
  t.end()
})

t.test('a port that does not come up is an error after two and a half seconds', (t) => {
  const edges = simulatedEdges({ portState: 'lowerlayerdown' })
  t.throws(() => add(simulatedCall(edges, {}), edges), { message: 'bridge port in error state: lower-layer-down' })
  t.equal(
    edges.pauses.reduce((sum, pause) => sum + pause),
    2550,
  )
  t.strictSame(edges.host.links, [])
  t.end()
})

t.test('rules that cannot be made undo the attachment; those that were made go before the lease', (t) => {
  const config = { ...L3, macspoofchk: true, ipMasq: true }
  for (const [refused, message] of [
    ['nft', /^failed to setup spoof-check: nft \[.*operation not permitted$/],
    ['restore 4', /^restore 4\n.*operation not permitted$/s],
  ] as const) {
    const edges = simulatedEdges({ refuse: { [refused]: 1 } })
    t.throws(() => add(simulatedCall(edges, config), edges), { message }, refused)
    t.strictSame([edges.host.links, edges.container.links], [[], []], refused)
    t.equal(edges.log.at(-1), 'release to ipam', refused)
  }
  const edges = simulatedEdges({ portState: 'down' })
  edges.netfilter.chains.add('bridge nat cni-br-iface-cid1-eth0')
  t.throws(() => add(simulatedCall(edges, config), edges))
  const end = edges.log.slice(edges.log.indexOf('container delete 2'))
  t.strictSame(end, ['container delete 2', 'remove chain bridge nat cni-br-iface-cid1-eth0', 'host delete 11', 'release to ipam'])
  t.end()
})
