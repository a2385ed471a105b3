import t from 'tap'
import { endpoint, node, port, service, slice } from './testing/builders.ts'
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

t.test('a Node object that lost its addresses and pod networks for a while takes nothing away', async (t) => {
  const { send, kernel } = createHarness()
  send(service('a/b', { ports: [port({ nodePort: 30080 })] }))
  const before = kernel()
  t.same(send({ kind: 'node', key: 'node-a', value: node({ addresses: [], podCidrs: [] }) }), [])
  t.same(send({ kind: 'node', key: 'node-a', value: undefined }), [])
  t.same(send({ kind: 'node', key: 'node-a', value: node({ addresses: [], zone: 'z' }) }), [])
  t.same(kernel(), before)
})

t.test('a slice’s trigger time becomes the programming latency, once it is in the kernel', async (t) => {
  const { send, told, time } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5'], { triggeredAt: time.now() - 60_000 }))
  send(slice('a/b', ['10.20.1.5', '10.20.1.6'], { triggeredAt: time.now() - 500 }))
  t.ok(told.includes('programmed a/b after 0.5 s'))
})

t.test('without its Node the proxy waits, not ready, and starts when the Node comes', async (t) => {
  const { send, controller } = createHarness({ withNode: false })
  t.same(send(service('a/b')), [])
  t.equal(controller.status().ready, false)
  t.equal(send({ kind: 'node', key: 'node-a', value: node() }).length, 4)
  t.equal(controller.status().ready, true)
})
