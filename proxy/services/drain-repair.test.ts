import t from 'tap'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { draining, ONE, OTHER, PERIOD, weightsOf } from './testing/draining.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness } from './testing/harness.ts'

t.test('after a restart it drains on, and its time begins anew', async (t) => {
  const { plane } = draining()
  const second = createHarness({ started: false, plane, gracePeriod: PERIOD, auditPeriod: 10_000 })
  second.send(service('a/b'), slice('a/b', ['10.20.1.6']))
  second.controller.start()
  second.time.settle()
  t.same(plane.log, [], 'nothing is written, nothing blocks')
  t.equal(second.controller.status().ready, true)
  t.same(
    second.told.filter((line) => /^(draining|drifted|failed)/.test(line)),
    ['draining 1'],
  )
  second.time.advance(PERIOD - 1)
  t.same(plane.log, [])
  second.time.advance(1)
  t.same(plane.log, [`deleteDestination ${ONE}`])
})

t.test('after a restart an endpoint that returned meanwhile has its weight back', async (t) => {
  const { plane } = draining()
  const second = createHarness({ started: false, plane, gracePeriod: PERIOD })
  second.send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  second.controller.start()
  second.time.settle()
  t.same(plane.log, [`setDestination ${ONE}`])
  t.same(weightsOf(plane), { [ONE]: 1, [OTHER]: 1 })
})

t.test('an endpoint that was removed while nobody looked drains from the start on', async (t) => {
  const plane = createFakeDataPlane()
  createHarness({ plane }).send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  const second = createHarness({ started: false, plane, gracePeriod: PERIOD })
  second.send(service('a/b'), slice('a/b', ['10.20.1.6']))
  plane.log.length = 0
  second.controller.start()
  second.time.settle()
  t.same(plane.log, [`setDestination ${ONE}`])
})

t.test('without graceful termination what an earlier run left draining is removed at the start', async (t) => {
  const { plane } = draining()
  const second = createHarness({ started: false, plane })
  second.send(service('a/b'), slice('a/b', ['10.20.1.6']))
  second.controller.start()
  second.time.settle()
  t.same(plane.log, [`deleteDestination ${ONE}`])
})

t.test('somebody who gives a draining destination weight again is corrected', async (t) => {
  const { plane, time } = draining()
  const server = { protocol: 'tcp' as const, address: '10.96.0.10', port: 80 }
  plane.items.set(ONE, { kind: 'destination', server, destination: { address: '10.20.1.5', port: 8080, weight: 7 } })
  time.advance(10_000)
  t.same(plane.log, [`setDestination ${ONE}`])
})

t.test('a destination that somebody else removed first is no failure', async (t) => {
  const { plane, send, told, controller, time } = createHarness({ gracePeriod: PERIOD, auditPeriod: 600_000 })
  send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  plane.items.delete(ONE)
  t.same(send(slice('a/b', ['10.20.1.6'])), [`setDestination ${ONE}`])
  t.equal(controller.status().failures.size, 0)
  plane.log.length = 0
  time.advance(PERIOD)
  t.same(plane.log, [])
  t.notOk(told.some((line) => line.startsWith('failed')))
})

t.test('weight 0 that the kernel refuses is a failure of the Service, and tried again', async (t) => {
  const { plane, send, controller, time } = createHarness({ gracePeriod: PERIOD })
  send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))
  plane.refuse = (change) => change.startsWith('setDestination')
  send(slice('a/b', ['10.20.1.6']))
  t.same([...controller.status().failures.keys()], ['a/b'])
  plane.refuse = () => false
  time.advance(2_000)
  t.equal(controller.status().failures.size, 0)
  t.equal(weightsOf(plane)[ONE], 0)
})

/** One endpoint drains, without connections; it comes back, the kernel does as it is told, and nobody hears of it. */
const returnedUnheard = () => {
  const scene = draining({ connections: 0 })
  const { plane, send } = scene
  const { changeIpvs } = plane
  plane.changeIpvs = (operations) => {
    plane.changeIpvs = changeIpvs
    changeIpvs(operations)
    throw new Error('no buffer space available')
  }
  send(slice('a/b', ['10.20.1.5', '10.20.1.6']))
  return scene
}

t.test('one that returned stays, also when the acknowledgement was lost', async (t) => {
  const { plane, time, controller } = returnedUnheard()
  time.advance(2 * PERIOD)
  t.equal(weightsOf(plane)[ONE], 1)
  t.equal(controller.status().failures.size, 0)
})

t.test('and goes all the same when it ends again before anybody knows', async (t) => {
  const { plane, send, time } = returnedUnheard()
  send(slice('a/b', ['10.20.1.6']))
  time.advance(2 * PERIOD)
  t.equal(plane.items.has(ONE), false)
})

t.test('a removal that the kernel refuses in the end is tried again', async (t) => {
  const { plane, time, told } = draining({ connections: 0 })
  plane.refuse = (change) => change.startsWith('deleteDestination')
  time.advance(2_000)
  t.match(told.at(-1), /^failed draining: /)
  plane.refuse = () => false
  time.advance(2_000)
  t.equal(plane.items.has(ONE), false)
})

t.test('connections that cannot be counted are waited for until the time is up', async (t) => {
  const { plane, time, told } = draining({ connections: 0 })
  plane.countConnections = () => {
    throw new Error('no buffer space available')
  }
  time.advance(PERIOD - 1)
  t.same(plane.log, [])
  t.ok(told.includes('failed draining: no buffer space available'))
  time.advance(1)
  t.same(plane.log, [`deleteDestination ${ONE}`])
})

t.test('stopping leaves what drains as it is', async (t) => {
  const { plane, time, controller } = draining({ connections: 0 })
  controller.stop()
  time.advance(2 * PERIOD)
  t.same(plane.log, [])
})

t.test(
  'clients outside of a Local Service: TCP connections to the last endpoint here drain, over a restart too, and UDP never',
  async (t) => {
    const ports = [port({ name: 't', nodePort: 30_080 }), port({ name: 'u', protocol: 'udp', nodePort: 30_080 })]
    const slicePorts = ports.map(({ name, protocol }) => ({ name, protocol, port: 8080 }))
    const here = slice('a/b', [endpoint('10.20.0.5', { nodeName: 'node-a' }), '10.20.1.6'], { ports: slicePorts })
    const elsewhere = slice('a/b', ['10.20.1.6'], { ports: slicePorts })
    const local = service('a/b', { ports, externalTrafficPolicy: 'Local' })
    const { send, plane } = createHarness({ gracePeriod: PERIOD })
    send(local, here)
    const byMark = (): number[] => Object.entries(weightsOf(plane)).flatMap(([key, weight]) => (key.includes('fwmark') ? [weight] : []))
    t.same(byMark(), [1, 1], 'of TCP and of UDP')
    send(elsewhere)
    t.same(byMark(), [0], 'of TCP')
    const second = createHarness({ started: false, plane, gracePeriod: PERIOD })
    second.send(local, elsewhere)
    plane.log.length = 0
    second.controller.start()
    second.time.settle()
    t.same(plane.log, [])
    t.same(byMark(), [0])
    second.time.advance(PERIOD)
    t.same(byMark(), [])
  },
)
