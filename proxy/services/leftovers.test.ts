/** What is ours in the kernel and nobody wants: when it goes, and when it must not. */
import t from 'tap'
import { createCluster } from './cluster.ts'
import { service, slice } from './testing/builders.ts'
import { weightsOf } from './testing/draining.ts'
import { createHarness } from './testing/harness.ts'

t.test('leftovers that are to be spared stay', async (t) => {
  const { send, plane } = createHarness()
  send(service('a/old'))
  const second = createHarness({ plane, spared: 'server' })
  t.same(second.kernel(), ['server tcp 10.96.0.10:80'])
})

t.test('nothing counts as left over while nobody can tell what a Service asks for', async (t) => {
  const before = createHarness()
  before.send(service('a/b'), slice('a/b', ['10.20.1.5']))
  const known = before.kernel()
  const cluster = createCluster()
  const { slicesOf } = cluster
  cluster.slicesOf = () => {
    throw new Error('absurd')
  }
  const after = createHarness({ plane: before.plane, cluster, started: false })
  after.send(service('a/b'), slice('a/b', ['10.20.1.5']), service('a/other', { clusterIps: ['10.96.0.11'] }))
  after.controller.start()
  after.time.settle()
  t.match(after.controller.status().failures.get('a/b'), { message: 'absurd' })
  t.same(after.kernel(), known)
  cluster.slicesOf = slicesOf
  after.time.advance(60_000)
  t.equal(after.controller.status().failures.size, 0)
  t.same(
    after.kernel().filter((key) => !key.includes('10.96.0.11')),
    known,
  )
})

t.test(
  'endpoints that ended while nobody looked go with the first look at their Service, not when all others were looked at',
  async (t) => {
    const many = Array.from({ length: 200 }, (_, index) => service(`ns/s${index}`, { clusterIps: [`10.97.0.${index}`] }))
    const before = createHarness()
    before.send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']), ...many)
    const after = createHarness({ plane: before.plane, started: false })
    after.send(service('a/b'), slice('a/b', ['10.20.1.6']), ...many)
    after.controller.start()
    after.time.step()
    t.notOk(after.kernel().some((key) => key.includes('10.20.1.5')))
    t.notOk(after.controller.status().ready)
    after.time.settle()
    t.equal(after.kernel().length, before.kernel().length)
  },
)

t.test('what a Service takes over from one that went while nobody looked never leads to the other’s endpoints', async (t) => {
  const before = createHarness()
  before.send(service('a/old'), slice('a/old', ['10.20.1.5']))
  const after = createHarness({ plane: before.plane, started: false, gracePeriod: 30_000 })
  after.plane.connections.set('destination tcp 10.96.0.10:80 10.20.1.5:8080', 1)
  const late = Array.from({ length: 200 }, (_, index) => service(`ns/s${index}`, { clusterIps: [`10.97.0.${index}`] }))
  after.send(service('b/new'), slice('b/new', ['10.20.1.6']), ...late)
  after.controller.start()
  after.time.step()
  t.same(weightsOf(after.plane), {
    'destination tcp 10.96.0.10:80 10.20.1.5:8080': 0,
    'destination tcp 10.96.0.10:80 10.20.1.6:8080': 1,
  })
})

t.test('endpoints that are to be spared stay, such as those of a slice that cannot be read', async (t) => {
  const before = createHarness()
  before.send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  const after = createHarness({ plane: before.plane, started: false, spared: 'destination' })
  after.send(service('a/b'), slice('a/b', ['10.20.1.6']))
  after.controller.start()
  after.time.settle()
  t.ok(after.kernel().includes('destination tcp 10.96.0.10:80 10.20.1.5:8080'))
})
