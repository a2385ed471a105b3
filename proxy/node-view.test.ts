import t from 'tap'
import { isExcluded, type NodeFacts, nodeViewWith } from './node-view.ts'
import { node } from './services/testing/builders.ts'

const LINKS = ['lo', 'eth0', 'cni0', 'kube-dummy-if', 'kube-ipvs0'].map((name, position) => ({ index: position + 1, name }))
const on = (address: string, link = 2) => ({ address, link })
const view = (tweaks: Partial<NodeFacts> = {}) =>
  nodeViewWith({ node: node(), nodePorts: 'node', links: LINKS, addresses: [], otherNodes: [], ...tweaks })

const MACHINE = ['198.51.100.7', '192.0.2.1', '127.0.0.1', '::1', 'fe80::1', '169.254.1.1', '2001:db8::7'].map((address) => on(address))

t.test('NodePorts answer at the addresses of the Node object', async (t) => {
  const two = node({ addresses: ['192.0.2.1', '203.0.113.1', '2001:db8::1'] })
  t.same(view({ node: two, addresses: MACHINE }).nodePortAddresses, ['192.0.2.1', '203.0.113.1', '2001:db8::1'])
})

t.test('--nodeport-bindon-all-ip adds the addresses of all links, but neither loopback nor link-local ones', async (t) => {
  t.same(view({ nodePorts: 'all', addresses: MACHINE }).nodePortAddresses, ['192.0.2.1', '198.51.100.7', '2001:db8::7'])
})

t.test('--nodeport-addresses chooses: the first of each family, or those inside networks', async (t) => {
  const two = node({ addresses: ['192.0.2.1', '203.0.113.1', '2001:db8::1', '2001:db8::2'] })
  t.same(view({ node: two, nodePorts: 'primary', addresses: MACHINE }).nodePortAddresses, ['192.0.2.1', '2001:db8::1'])
  const networks = [
    { address: '198.51.100.0', prefixLength: 24 },
    { address: '203.0.113.0', prefixLength: 24 },
    { address: '127.0.0.0', prefixLength: 8 },
  ]
  t.same(view({ node: two, nodePorts: networks, addresses: MACHINE }).nodePortAddresses, ['203.0.113.1', '198.51.100.7'])
  t.same(view({ nodePorts: [{ address: '10.0.0.0', prefixLength: 8 }], addresses: MACHINE }).nodePortAddresses, [])
})

t.test(
  'the node’s own are the addresses of its links and of its Node object; what another proxy left on its dummy link is not',
  async (t) => {
    const addresses = [...MACHINE, on('10.20.0.1', 3), on('10.96.0.10', 4), on('10.96.0.1', 5)]
    t.same(view({ addresses }).ownAddresses, ['192.0.2.1', '10.20.0.1', '198.51.100.7', '2001:db8::7'])
    t.same(view({ addresses, nodePorts: 'all' }).nodePortAddresses, ['192.0.2.1', '10.20.0.1', '198.51.100.7', '2001:db8::7'])
  },
)

t.test('the node’s own connections come from the first address of its Node object that a link has, if any does', async (t) => {
  const three = node({ addresses: ['203.0.113.1', '192.0.2.1', '2001:db8::1'] })
  t.same(view({ node: three, addresses: MACHINE }).primary, { 4: '192.0.2.1' })
  t.same(view({ node: three, addresses: [...MACHINE, on('2001:db8::1')] }).primary, { 4: '192.0.2.1', 6: '2001:db8::1' })
  t.same(view({ node: three, nodePorts: 'primary', addresses: [] }).primary, {})
  t.same(view({ node: three, nodePorts: 'primary', addresses: [] }).nodePortAddresses, ['203.0.113.1', '2001:db8::1'])
})

t.test('an address that is ours is no other node’s, whatever a route says', async (t) => {
  t.same(view({ addresses: MACHINE, otherNodes: ['192.0.2.2', '198.51.100.7'] }).otherNodes, ['192.0.2.2'])
})

t.test('the order in which the kernel lists addresses does not matter', async (t) => {
  t.same(view({ addresses: MACHINE }), view({ addresses: MACHINE.toReversed() }))
})

t.test('an excluded network covers virtual servers, their destinations and routes, and nothing else', async (t) => {
  const excluded = [{ address: '10.100.0.0', prefixLength: 16 }]
  const server = { protocol: 'tcp', address: '10.100.0.1', port: 80 } as const
  t.equal(isExcluded({ kind: 'server', server: { ...server, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 } }, excluded), true)
  t.equal(isExcluded({ kind: 'destination', server, destination: { address: '10.1.0.1', port: 1, weight: 1 } }, excluded), true)
  t.equal(isExcluded({ kind: 'route', address: '10.100.0.1', source: '' }, excluded), true)
  t.equal(isExcluded({ kind: 'route', address: '10.96.0.1', source: '' }, excluded), false)
  t.equal(isExcluded({ kind: 'element', set: 'vip4', element: '10.100.0.1 . tcp . 80' }, excluded), false)
})
