import t from 'tap'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { draining, ONE, OTHER, PERIOD, weightsOf } from './testing/draining.ts'
import { createHarness, gone } from './testing/harness.ts'

t.test('a destination that nobody wants any more gets weight 0 in the same sync', async (t) => {
  const { log, plane } = draining()
  t.same(log, [`setDestination ${ONE}`])
  t.same(weightsOf(plane), { [ONE]: 0, [OTHER]: 1 })
})

t.test('it goes when its last connection is gone', async (t) => {
  const { plane, time, told } = draining()
  time.advance(8_000)
  t.same(plane.log, [])
  plane.connections.set(ONE, 0)
  time.advance(2_000)
  t.same(plane.log, [`deleteDestination ${ONE}`])
  t.same(
    told.filter((line) => line.startsWith('draining')),
    ['draining 1', 'draining 0'],
  )
})

t.test('it goes when its time is up, whatever connections it has', async (t) => {
  const { plane, time } = draining()
  time.advance(PERIOD - 1)
  t.same(plane.log, [])
  time.advance(1)
  t.same(plane.log, [`deleteDestination ${ONE}`])
})

t.test('audits meanwhile write nothing and find no drift, and so does the next change of its Service', async (t) => {
  const { plane, time, told, send } = draining()
  time.advance(25_000)
  t.same(plane.log, [])
  t.notOk(told.some((line) => line.startsWith('drifted')))
  t.same(send(service('a/b')), [])
})

t.test('connections are counted only while something drains', async (t) => {
  const { plane, time } = draining({ connections: 0 })
  time.advance(2_000)
  t.equal(plane.counted, 1)
  time.advance(600_000)
  t.equal(plane.counted, 1)
})

t.test('an endpoint that returns has its weight back in that same sync, and stays', async (t) => {
  const { plane, time, send } = draining()
  t.same(send(slice('a/b', ['10.20.1.5', '10.20.1.6'])), [`setDestination ${ONE}`])
  t.same(weightsOf(plane), { [ONE]: 1, [OTHER]: 1 })
  plane.connections.set(ONE, 0)
  plane.log.length = 0
  time.advance(2 * PERIOD)
  t.same(plane.log, [])
})

t.test('an endpoint that goes, returns and goes again has its whole time again', async (t) => {
  const { plane, time, send } = draining()
  time.advance(20_000)
  send(slice('a/b', ['10.20.1.5', '10.20.1.6']))
  send(slice('a/b', ['10.20.1.6']))
  plane.log.length = 0
  time.advance(PERIOD - 1)
  t.same(plane.log, [])
  time.advance(1)
  t.same(plane.log, [`deleteDestination ${ONE}`])
})

t.test('the last endpoint of a Service drains too', async (t) => {
  const { send, plane } = draining()
  t.same(send(slice('a/b', [])), [`setDestination ${OTHER}`])
  t.same(weightsOf(plane), { [ONE]: 0, [OTHER]: 0 })
})

t.test('a deleted Service goes at once with all it has', async (t) => {
  const { plane, time, send, kernel, told } = draining()
  send(gone('service', 'a/b'))
  t.same(kernel(), [])
  t.equal(told.filter((line) => line.startsWith('draining')).at(-1), 'draining 0')
  plane.log.length = 0
  time.advance(2 * PERIOD)
  t.same(plane.log, [])
})

t.test('UDP never drains, SCTP does', async (t) => {
  const { send, plane } = createHarness({ gracePeriod: PERIOD })
  const ports = [port({ name: 'u', protocol: 'udp' }), port({ name: 's', protocol: 'sctp' })]
  const slicePorts = [
    { name: 'u', protocol: 'udp' as const, port: 53 },
    { name: 's', protocol: 'sctp' as const, port: 53 },
  ]
  send(service('a/b', { ports }), slice('a/b', ['10.20.1.5'], { ports: slicePorts }))
  t.same(send(slice('a/b', [], { ports: slicePorts })), [
    'setDestination destination sctp 10.96.0.10:80 10.20.1.5:53',
    'deleteDestination destination udp 10.96.0.10:80 10.20.1.5:53',
  ])
  t.equal(plane.items.has('destination udp 10.96.0.10:80 10.20.1.5:53'), false)
})

t.test('schedulers that refuse what they hash to a draining destination get it removed at once', async (t) => {
  for (const [scheduler, schedulerFlags, verb] of [
    ['dh', 0, 'deleteDestination'],
    ['sh', 0x10, 'deleteDestination'],
    ['mh', 0, 'deleteDestination'],
    ['sh', 0x8, 'setDestination'],
    ['mh', 0x18, 'setDestination'],
    ['wlc', 0, 'setDestination'],
  ] as const) {
    t.same(draining({ of: service('a/b', { scheduler, schedulerFlags }) }).log, [`${verb} ${ONE}`], `${scheduler} ${schedulerFlags}`)
  }
})

t.test('with a period of 0 a destination is removed at once', async (t) => {
  const { log, plane, time } = draining({ gracePeriod: 0 })
  t.same(log, [`deleteDestination ${ONE}`])
  time.advance(PERIOD)
  t.same(plane.log, [])
})

t.test('a thousand Services that lose an endpoint at once are looked at in parts, and all of them end', async (t) => {
  const { send, plane, time } = createHarness({ gracePeriod: PERIOD, auditPeriod: 600_000 })
  const keys = Array.from({ length: 1000 }, (_, index) => `a/s${index}`)
  const servicesOf = keys.map((key, index) => service(key, { clusterIps: [`10.97.${index >> 8}.${index & 255}`] }))
  send(...servicesOf, ...keys.map((key) => slice(key, ['10.20.1.5', '10.20.1.6'])))
  send(...keys.map((key) => slice(key, ['10.20.1.6'])))
  t.equal(Object.values(weightsOf(plane)).filter((weight) => weight === 0).length, 1000)
  time.advance(2_000)
  t.equal(Object.values(weightsOf(plane)).filter((weight) => weight === 0).length, 0)
  t.equal(plane.counted, 1000)
})

t.test('an endpoint on this node drains without its hairpin element', async (t) => {
  const { send } = createHarness({ gracePeriod: PERIOD })
  send(service('a/b'), slice('a/b', [endpoint('10.20.0.5', { nodeName: 'node-a' })]))
  t.same(send(slice('a/b', [])), [
    'setDestination destination tcp 10.96.0.10:80 10.20.0.5:8080',
    'delete element hairpin4 10.20.0.5 . 10.20.0.5',
  ])
})
