import t from 'tap'
import { nodeViewOf } from './desired.ts'
import { endpoint, node, port, service, slice } from './testing/builders.ts'
import { compiled } from './testing/compiling.ts'
import type { EndpointSlice, Service } from './types.ts'

const keys = (asked: { service: Service; slices?: EndpointSlice[]; addresses?: string[] }): string[] => [
  ...compiled([asked.service, ...(asked.slices ?? [])], {
    view: nodeViewOf(node({ addresses: asked.addresses ?? ['192.0.2.1'] })),
  }).items.keys(),
]

t.test('a ClusterIP Service asks for its set elements, a virtual server, its destinations and a route', async (t) => {
  t.same(keys({ service: service('a/b'), slices: [slice('a/b', ['10.20.1.5'])] }), [
    'element vip4 10.96.0.10 . tcp . 80',
    'server tcp 10.96.0.10:80',
    'destination tcp 10.96.0.10:80 10.20.1.5:8080',
    'element address4 10.96.0.10',
    'route 10.96.0.10',
  ])
})

t.test('a Service without endpoints keeps its address and has no destination, so that connections are refused', async (t) => {
  t.same(keys({ service: service('a/b') }), [
    'element vip4 10.96.0.10 . tcp . 80',
    'server tcp 10.96.0.10:80',
    'element address4 10.96.0.10',
    'route 10.96.0.10',
  ])
})

t.test('an endpoint of this node asks for its hairpin pair, once for all ports', async (t) => {
  const local = endpoint('10.20.0.5', { nodeName: 'node-a' })
  const two = service('a/b', { ports: [port({ name: 'x', port: 80 }), port({ name: 'y', port: 81 })] })
  const ports = [
    { name: 'x', protocol: 'tcp' as const, port: 8080 },
    { name: 'y', protocol: 'tcp' as const, port: 8081 },
  ]
  const hairpins = keys({ service: two, slices: [slice('a/b', [local, '10.20.1.5'], { ports })] }).filter((key) => key.includes('hairpin'))
  t.same(hairpins, ['element hairpin4 10.20.0.5 . 10.20.0.5'])
})

t.test('a NodePort is served on every address of the node whose family the Service has', async (t) => {
  const nodePort = service('a/b', { ports: [port({ nodePort: 30080 })] })
  const servers = keys({ service: nodePort, addresses: ['192.0.2.1', '198.51.100.1', '2001:db8::1'] }).filter((key) =>
    key.startsWith('server'),
  )
  t.same(servers, ['server tcp 10.96.0.10:80', 'server tcp 192.0.2.1:30080', 'server tcp 198.51.100.1:30080'])
})

t.test('a NodePort asks for no route: the address is the node’s already', async (t) => {
  const routes = keys({ service: service('a/b', { ports: [port({ nodePort: 30080 })] }) }).filter((key) => key.startsWith('route'))
  t.same(routes, ['route 10.96.0.10'])
})

t.test('a cluster IP that is an address of the node is left alone', async (t) => {
  t.same(keys({ service: service('a/b', { clusterIps: ['192.0.2.1'] }) }), [])
})

t.test('internal traffic policy Local sends the cluster IP to this node’s endpoints only, and NodePorts to all', async (t) => {
  const local = service('a/b', { internalTrafficPolicy: 'Local', ports: [port({ nodePort: 30080 })] })
  const slices = [slice('a/b', [endpoint('10.20.0.5', { nodeName: 'node-a' }), '10.20.1.5'])]
  const destinations = keys({ service: local, slices }).filter((key) => key.startsWith('destination'))
  t.same(destinations.sort(), [
    'destination tcp 10.96.0.10:80 10.20.0.5:8080',
    'destination tcp 192.0.2.1:30080 10.20.0.5:8080',
    'destination tcp 192.0.2.1:30080 10.20.1.5:8080',
  ])
})

t.test('the node’s own connections come from its address of the VIP’s family, if it has one', async (t) => {
  const dual = service('a/b', { clusterIps: ['10.96.0.10', '2001:db8:96::10'] })
  const { items } = compiled([dual])
  t.same(items.get('route 10.96.0.10'), { kind: 'route', address: '10.96.0.10', source: '192.0.2.1' })
  t.same(items.get('route 2001:db8:96::10'), { kind: 'route', address: '2001:db8:96::10', source: '' })
})

t.test('scheduler, its flags and session affinity become the virtual server’s settings', async (t) => {
  const sticky = service('a/b', { scheduler: 'sh', schedulerFlags: 0x10, affinitySeconds: 600 })
  t.same(compiled([sticky]).items.get('server tcp 10.96.0.10:80'), {
    kind: 'server',
    server: { protocol: 'tcp', address: '10.96.0.10', port: 80, scheduler: 'sh', schedulerFlags: 0x10, persistenceSeconds: 600 },
  })
})

t.test('two nodes start their round robin at different endpoints, and each always at the same', async (t) => {
  const addresses = ['10.20.1.1', '10.20.1.2', '10.20.1.3', '10.20.1.4', '10.20.1.5', '10.20.1.6']
  const order = (name: string): string[] =>
    [...compiled([service('a/b'), slice('a/b', addresses)], { view: { name } }).items.keys()].filter((key) => key.startsWith('destination'))
  t.same(order('node-a'), order('node-a'))
  t.notSame(order('node-a'), order('node-b'))
  t.same(order('node-a').sort(), order('node-b').sort())
})
