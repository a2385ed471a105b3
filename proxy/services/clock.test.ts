/** The machine's clock is set by hours, forward and back: nothing of the loop is measured by it. */
import t from 'tap'
import { truthOf } from '../health/truth.ts'
import { endpoint, service, slice } from './testing/builders.ts'
import { createHarness } from './testing/harness.ts'

const DAY = 86_400_000

for (const [title, step] of [
  ['forward', 30 * DAY],
  ['back', -30 * DAY],
] as const) {
  t.test(`the clock is set ${title} by a month`, async (t) => {
    const { send, time, controller, plane, told } = createHarness({ gracePeriod: 60_000 })
    const setClock = (): void => time.setDate(time.date() + step)
    const isHealthy = (): boolean => {
      const facts = { status: controller.status(), synced: true, node: undefined, auditPeriod: 5_000 }
      return truthOf({ ...facts, now: time.now(), date: time.date() }).healthy
    }
    send(service('a/b'), slice('a/b', ['10.20.1.5', '10.20.1.6']))

    await t.test('what drains drains as long as it may, and goes then', async (t) => {
      plane.connections.set('destination tcp 10.96.0.10:80 10.20.1.5:8080', 1)
      send(slice('a/b', ['10.20.1.6']))
      plane.log.length = 0
      setClock()
      time.advance(59_000)
      t.same(plane.log, [])
      time.advance(1_000)
      t.same(plane.log, ['deleteDestination destination tcp 10.96.0.10:80 10.20.1.5:8080'])
    })

    await t.test('what others took away is repaired in time', async (t) => {
      plane.items.delete('route 10.96.0.10')
      setClock()
      time.advance(5_000)
      t.ok(plane.items.has('route 10.96.0.10'))
    })

    await t.test('a change that waits is no reason for a restart at once, and is one after a while', async (t) => {
      plane.refuse = () => true
      send(slice('a/b', ['10.20.1.7']))
      setClock()
      t.equal(isHealthy(), true)
      time.advance(59_000)
      t.equal(isHealthy(), true)
      time.advance(2_000)
      t.equal(isHealthy(), false)
      plane.refuse = () => false
      time.advance(60_000)
      t.equal(isHealthy(), true)
    })

    await t.test('a latency is never negative, and the next one is right', async (t) => {
      told.length = 0
      const triggeredAt = time.date()
      setClock()
      send(slice('a/b', ['10.20.1.8'], { triggeredAt }))
      send(slice('a/b', [endpoint('10.20.1.9')], { triggeredAt: time.date() - 500 }))
      const latencies = told.filter((line) => line.startsWith('programmed'))
      t.same(latencies, [`programmed a/b after ${step > 0 ? step / 1_000 : 0} s`, 'programmed a/b after 0.5 s'])
    })
  })
}
