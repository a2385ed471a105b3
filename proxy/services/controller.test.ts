import t from 'tap'
import { endpoint, node, port, service, slice } from './testing/builders.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness, gone } from './testing/harness.ts'

t.test('a new Service is built inside out: sets, server, destinations, and last the route that exposes it', async (t) => {
  const { send } = createHarness()
  t.same(send(slice('a/b', ['10.20.1.5']), service('a/b')), [
    'add element vip4 10.96.0.10 . tcp . 80',
    'add element address4 10.96.0.10',
    'addServer server tcp 10.96.0.10:80',
    'addDestination destination tcp 10.96.0.10:80 10.20.1.5:8080',
    'replace route 10.96.0.10',
  ])
})

t.test('a deleted Service is taken down outside in, and its destinations go with the server', async (t) => {
  const { send, kernel } = createHarness()
  send(slice('a/b', ['10.20.1.5']), service('a/b'))
  t.same(send(gone('service', 'a/b')), [
    'delete route 10.96.0.10',
    'deleteServer server tcp 10.96.0.10:80',
    'delete element vip4 10.96.0.10 . tcp . 80',
    'delete element address4 10.96.0.10',
  ])
  t.same(kernel(), [])
})

t.test('one more endpoint is one change, however many Services there are', async (t) => {
  const { send } = createHarness()
  const many = Array.from({ length: 1000 }, (_, index) => `ns/s${index}`)
  send(...many.flatMap((key, index) => [service(key, { clusterIps: [`10.97.${index >> 8}.${index & 255}`] }), slice(key, ['10.20.1.5'])]))
  t.same(send(slice('ns/s77', ['10.20.1.5', '10.20.1.6'])), ['addDestination destination tcp 10.97.0.77:80 10.20.1.6:8080'])
})

t.test('an endpoint that is gone is one deletion', async (t) => {
  const { send } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  t.same(send(slice('a/b', ['10.20.1.6'])), ['deleteDestination destination tcp 10.96.0.10:80 10.20.1.5:8080'])
})

t.test('another scheduler is one change of the server, and endpoints stay', async (t) => {
  const { send } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  t.same(send(service('a/b', { scheduler: 'sh' })), ['setServer server tcp 10.96.0.10:80'])
})

t.test('an event that changes nothing asks nothing of the kernel', async (t) => {
  const { send } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  t.same(send(service('a/b'), slice('a/b', ['10.20.1.5'])), [])
})

t.test('nothing is programmed before everything is listed', async (t) => {
  const { send, controller, time, kernel } = createHarness({ started: false })
  t.same(send(service('a/b')), [])
  controller.start()
  time.settle()
  t.equal(kernel().length, 4)
})

t.test('starting over what is right changes nothing', async (t) => {
  const { send, plane } = createHarness()
  const objects = [service('a/b', { ports: [port({ nodePort: 30080 })] }), slice('a/b', [endpoint('10.20.0.5', { nodeName: 'node-a' })])]
  send(...objects)
  const second = createHarness({ started: false, plane })
  second.send(...objects)
  plane.log.length = 0
  second.controller.start()
  second.time.settle()
  t.same(plane.log, [])
  t.equal(second.controller.status().ready, true)
})

t.test('starting removes what Services that are gone left behind, and only that', async (t) => {
  const { send, plane } = createHarness()
  send(service('a/old'), service('a/kept', { clusterIps: ['10.96.0.11'] }))
  const second = createHarness({ started: false, plane })
  second.send(service('a/kept', { clusterIps: ['10.96.0.11'] }))
  second.controller.start()
  second.time.settle()
  t.same(second.kernel(), [
    'element address4 10.96.0.11',
    'element vip4 10.96.0.11 . tcp . 80',
    'route 10.96.0.11',
    'server tcp 10.96.0.11:80',
  ])
})

t.test('starting repairs what is there but wrong', async (t) => {
  const { send, plane } = createHarness()
  send(service('a/b', { scheduler: 'lc' }), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  const second = createHarness({ started: false, plane })
  second.send(service('a/b'), slice('a/b', ['10.20.1.6']))
  plane.log.length = 0
  second.controller.start()
  second.time.settle()
  t.same(plane.log, ['setServer server tcp 10.96.0.10:80', 'deleteDestination destination tcp 10.96.0.10:80 10.20.1.5:8080'])
})

t.test('an audit writes nothing when nothing drifted', async (t) => {
  const { send, plane, time, told } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  plane.log.length = 0
  time.advance(30_000)
  t.same(plane.log, [])
  t.notOk(told.some((line) => line.startsWith('drifted')))
})

t.test('an audit repairs what somebody else removed or changed', async (t) => {
  const { send, plane, time, told, kernel } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  const before = kernel()
  plane.items.delete('route 10.96.0.10')
  plane.items.delete('destination tcp 10.96.0.10:80 10.20.1.5:8080')
  plane.log.length = 0
  time.advance(5_000)
  t.same(plane.log, ['addDestination destination tcp 10.96.0.10:80 10.20.1.5:8080', 'replace route 10.96.0.10'])
  t.same(kernel(), before)
  t.ok(told.includes('drifted 2'))
})

t.test('an audit removes what somebody else put into our servers', async (t) => {
  const { send, plane, time } = createHarness()
  send(service('a/b'))
  const server = { protocol: 'tcp' as const, address: '10.96.0.10', port: 80 }
  const destination = { address: '203.0.113.1', port: 1, weight: 1 }
  plane.items.set('destination tcp 10.96.0.10:80 203.0.113.1:1', { kind: 'destination', server, destination })
  plane.log.length = 0
  time.advance(5_000)
  t.same(plane.log, ['deleteDestination destination tcp 10.96.0.10:80 203.0.113.1:1'])
})

t.test('a Service that the kernel refuses never touches another, and is tried again until it works', async (t) => {
  const { send, plane, time, controller, kernel } = createHarness()
  send(service('a/good', { clusterIps: ['10.96.0.20'] }))
  plane.refuse = (change) => change === 'addServer server tcp 10.96.0.10:80'
  send(service('a/bad'), service('a/other', { clusterIps: ['10.96.0.30'] }))
  t.ok(kernel().includes('route 10.96.0.20') && kernel().includes('route 10.96.0.30'))
  t.same([...controller.status().failures.keys()], ['a/bad'])
  plane.refuse = () => false
  time.advance(2_000)
  t.ok(kernel().includes('server tcp 10.96.0.10:80') && kernel().includes('route 10.96.0.10'))
  t.equal(controller.status().failures.size, 0)
  t.equal(controller.status().pendingSince, undefined)
})

t.test('a VIP is not exposed while something of its Service is missing', async (t) => {
  const { send, plane, kernel } = createHarness()
  plane.refuse = (change) => change.startsWith('addServer')
  send(service('a/b'))
  t.notOk(kernel().includes('route 10.96.0.10'))
})

t.test('a removal that the kernel refuses is tried again, also when the Service is gone', async (t) => {
  const { send, plane, time, kernel } = createHarness()
  send(service('a/b'))
  plane.refuse = (change) => change.startsWith('deleteServer')
  send(gone('service', 'a/b'))
  t.ok(kernel().includes('server tcp 10.96.0.10:80'))
  plane.refuse = () => false
  time.advance(2_000)
  t.same(kernel(), [])
})

t.test('two Services that claim one virtual server: the first keeps it, the second is told and gets it when the first goes', async (t) => {
  const { send, told, kernel, plane } = createHarness()
  const first = service('a/one', { clusterIps: ['10.96.0.20'], ports: [port({ nodePort: 30080 })] })
  const second = service('a/two', { clusterIps: ['10.96.0.30'], ports: [port({ nodePort: 30080 })] })
  send(first, slice('a/one', ['10.20.1.1']))
  const asked = send(second, slice('a/two', ['10.20.1.2']))
  t.notOk(asked.some((change) => change.includes('192.0.2.1')))
  t.ok(told.includes('contested server tcp 192.0.2.1:30080: a/two waits for a/one'))
  send(gone('service', 'a/one'))
  t.ok(kernel().includes('destination tcp 192.0.2.1:30080 10.20.1.2:8080'))
  t.notOk([...plane.items.keys()].some((key) => key.includes('10.20.1.1')))
})

t.test('a hairpin pair that two Services share goes when the last one lets go', async (t) => {
  const { send, kernel } = createHarness()
  const local = endpoint('10.20.0.5', { nodeName: 'node-a' })
  send(service('a/one'), slice('a/one', [local]), service('a/two', { clusterIps: ['10.96.0.20'] }), slice('a/two', [local]))
  send(gone('service', 'a/one'))
  t.ok(kernel().includes('element hairpin4 10.20.0.5 . 10.20.0.5'))
  send(gone('service', 'a/two'))
  t.notOk(kernel().includes('element hairpin4 10.20.0.5 . 10.20.0.5'))
})

t.test('the API server’s own Service is programmed first', async (t) => {
  const { send } = createHarness()
  const many = Array.from({ length: 600 }, (_, index) => service(`ns/s${index}`, { clusterIps: [`10.97.${index >> 8}.${index & 255}`] }))
  const asked = send(...many, service('default/kubernetes', { clusterIps: ['10.96.0.1'] }))
  t.equal(asked[0], 'add element vip4 10.96.0.1 . tcp . 80')
})

t.test('a node that gets another address moves its NodePorts and the VIPs’ source', async (t) => {
  const { send, kernel } = createHarness()
  send(service('a/b', { ports: [port({ nodePort: 30080 })] }))
  send({ kind: 'node', key: 'node-a', value: node({ addresses: ['192.0.2.9'] }) })
  t.same(
    kernel().filter((key) => key.startsWith('server')),
    ['server tcp 10.96.0.10:80', 'server tcp 192.0.2.9:30080'],
  )
})

t.test('a slice’s trigger time becomes the programming latency, once it is in the kernel', async (t) => {
  const { send, told, time } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5'], { triggeredAt: time.now() - 60_000 }))
  send(slice('a/b', ['10.20.1.5', '10.20.1.6'], { triggeredAt: time.now() - 500 }))
  t.ok(told.includes('programmed a/b after 0.5 s'))
})

t.test('a kernel that cannot be read is reported, nothing is removed, and the next look repairs', async (t) => {
  const plane = createFakeDataPlane()
  const { send, time, controller, kernel } = createHarness({ plane })
  send(service('a/b'))
  const { observe } = plane
  plane.observe = () => {
    throw new Error('no buffer space available')
  }
  time.advance(5_000)
  t.match(controller.status().auditFailure?.message, 'no buffer space available')
  t.equal(kernel().length, 4)
  plane.observe = observe
  time.advance(5_000)
  t.equal(controller.status().auditFailure, undefined)
})

t.test('without its Node the proxy waits, not ready, and starts when the Node comes', async (t) => {
  const { send, controller } = createHarness({ withNode: false })
  t.same(send(service('a/b')), [])
  t.equal(controller.status().ready, false)
  t.equal(send({ kind: 'node', key: 'node-a', value: node() }).length, 4)
  t.equal(controller.status().ready, true)
})

t.test('leftovers that are to be spared stay', async (t) => {
  const { send, plane } = createHarness()
  send(service('a/old'))
  const second = createHarness({ plane, spared: 'server' })
  t.same(second.kernel(), ['server tcp 10.96.0.10:80'])
})
