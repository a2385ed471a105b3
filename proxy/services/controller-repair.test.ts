import t from 'tap'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness, gone } from './testing/harness.ts'

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

t.test('a few Services that the kernel refuses do not count as changes that wait; most of them do', async (t) => {
  const { send, plane, controller, time } = createHarness()
  send(service('a/good', { clusterIps: ['10.96.0.20'] }))
  plane.refuse = (change) => change === 'addServer server tcp 10.96.0.10:80'
  send(service('a/bad'))
  time.advance(600_000)
  t.same([...controller.status().failures.keys()], ['a/bad'])
  t.equal(controller.status().pendingSince, undefined)
  plane.refuse = (change) => change.startsWith('addServer')
  const since = time.now()
  send(service('a/worse', { clusterIps: ['10.96.0.30'] }))
  time.advance(600_000)
  t.equal(controller.status().pendingSince, since)
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

t.test('a VIP whose route cannot be removed keeps the guard of its other ports', async (t) => {
  const { send, plane, time, kernel } = createHarness()
  send(service('a/b'))
  plane.refuse = (change) => change.startsWith('delete route')
  send(gone('service', 'a/b'))
  t.same(kernel(), ['element address4 10.96.0.10', 'route 10.96.0.10'])
  plane.refuse = () => false
  time.advance(2_000)
  t.same(kernel(), [])
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
