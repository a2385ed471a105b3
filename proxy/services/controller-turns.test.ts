import t from 'tap'
import { service, slice } from './testing/builders.ts'
import { createHarness } from './testing/harness.ts'

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => service(`ns/s${index}`, { clusterIps: [`10.97.${index >> 8}.${index & 255}`] }))

const syncedLines = (told: readonly string[]): string[] => told.filter((line) => line.startsWith('synced'))

t.test('many Services are several turns, between which others have theirs', async (t) => {
  const { send, told } = createHarness()
  send(...many(700))
  t.same(syncedLines(told), [
    'synced 16 services, 64 operations',
    'synced 32 services, 128 operations',
    'synced 64 services, 256 operations',
    'synced 128 services, 512 operations',
    'synced 256 services, 1024 operations',
    'synced 204 services, 816 operations',
  ])
})

t.test('the Service of the API server goes first and by itself, whenever it is heard of', async (t) => {
  const { send, told, plane } = createHarness()
  const kubernetes = service('default/kubernetes', { clusterIps: ['10.96.0.1'] })
  const changes = send(...many(60), kubernetes)
  t.same(changes.slice(0, 4), [
    'add element vip4 10.96.0.1 . tcp . 80',
    'add element address4 10.96.0.1',
    'addServer server tcp 10.96.0.1:80',
    'replace route 10.96.0.1',
  ])
  t.equal(syncedLines(told)[0], 'synced 1 services, 4 operations')
  t.equal(plane.items.size, 61 * 4)
})

t.test('it goes before what waits, also in the middle of a load', async (t) => {
  const { controller, plane, time } = createHarness()
  controller.handle(many(300).map((value) => ({ kind: 'service', key: value.key, value }) as const))
  time.step()
  t.equal(plane.items.size, 16 * 4)
  const value = service('default/kubernetes', { clusterIps: ['10.96.0.1'] })
  controller.handle([{ kind: 'service', key: value.key, value }])
  time.step()
  t.ok(plane.items.has('route 10.96.0.1'))
  t.equal(plane.items.size, 17 * 4)
})

t.test('a burst about one Service is one look at it, and only what is left of it reaches the kernel', async (t) => {
  const { controller, plane, time, told, send } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  told.length = 0
  plane.log.length = 0
  for (let last = 6; last < 200; last++) {
    const value = slice('a/b', ['10.20.1.5', `10.20.1.${last}`])
    controller.handle([{ kind: 'slice', key: value.key, value }])
  }
  time.settle()
  t.same(plane.log, ['addDestination destination tcp 10.96.0.10:80 10.20.1.199:8080'])
  t.same(syncedLines(told), ['synced 1 services, 1 operations'])
})

t.test('a burst over a thousand Services costs one operation each', async (t) => {
  const { send } = createHarness()
  send(...many(1000), ...many(1000).map(({ key }) => slice(key, ['10.20.1.5'])))
  const changes = send(...many(1000).map(({ key }) => slice(key, ['10.20.1.5', '10.20.1.6'])))
  t.equal(changes.length, 1000)
  t.equal(new Set(changes).size, 1000)
})

t.test('what the kernel refuses is tried again after 1 s, 2 s, 4 s and so on to 30 s, and from the start after a success', async (t) => {
  const { send, plane, time } = createHarness({ auditPeriod: 1_000_000 })
  const tries = (): number[] => {
    const seen: number[] = []
    for (let second = 1; second <= 130; second++) {
      plane.log.length = 0
      time.advance(1_000)
      if (plane.log.includes('addServer server tcp 10.96.0.10:80')) seen.push(second)
    }
    return seen
  }
  plane.refuse = (change) => change.startsWith('addServer')
  send(service('a/b'))
  t.same(tries(), [1, 3, 7, 15, 31, 61, 91, 121])
  plane.refuse = () => false
  time.advance(30_000)
  t.same(tries(), [])
  plane.refuse = (change) => change.startsWith('addServer')
  send(service('a/b', { clusterIps: [] }))
  send(service('a/b'))
  t.same(tries().slice(0, 3), [1, 3, 7])
})

t.test('Services that fail do not keep others waiting, and are not looked at with every change of others', async (t) => {
  const { send, plane, time, controller } = createHarness({ auditPeriod: 1_000_000 })
  plane.refuse = (change) => change.startsWith('addServer server tcp 10.97.')
  send(...many(20), service('a/good', { clusterIps: ['10.96.0.20'] }))
  t.ok(plane.items.has('route 10.96.0.20'))
  t.equal(controller.status().failures.size, 20)
  const changes = send(slice('a/good', ['10.20.1.5']))
  t.same(changes, ['addDestination destination tcp 10.96.0.20:80 10.20.1.5:8080'])
  plane.refuse = () => false
  time.advance(2_000)
  t.equal(controller.status().failures.size, 0)
})
