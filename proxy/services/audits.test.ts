/** Audits that take several turns: others have theirs meanwhile, and what they change is not mistaken for drift. */
import t from 'tap'
import { createAudits } from './audits.ts'
import type { Item, ItemMap } from './item.ts'
import { createLedger } from './ledger.ts'
import { type Steps, waitFor } from './steps.ts'
import { service, slice } from './testing/builders.ts'
import { createFakeDataPlane, type FakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness } from './testing/harness.ts'

const PERIOD = 60_000

/** A kernel that is read at the first of three steps, so that the other two know nothing of what is changed meanwhile. */
const slowPlane = (): FakeDataPlane & { readings: number } => {
  const inner = createFakeDataPlane()
  function* observing() {
    plane.readings += 1
    const found = new Map(inner.items)
    yield
    yield
    return found
  }
  const plane = Object.assign(inner, { observing, readings: 0 })
  return plane
}

const DESTINATION = 'destination tcp 10.96.0.10:80 10.20.1.5:8080'

/** With a Service and one endpoint, in the middle of an audit. */
const midAudit = () => {
  const plane = slowPlane()
  const harness = createHarness({ plane, auditPeriod: PERIOD })
  harness.send(service('a/b'), slice('a/b', ['10.20.1.5']))
  harness.told.length = 0
  const handle = (...addresses: string[]): void => {
    const value = slice('a/b', addresses)
    harness.controller.handle([{ kind: 'slice', key: value.key, value }])
  }
  /** Whatever is told of the node is a reason for an audit. */
  const begin = (): void => harness.controller.handle([{ kind: 'node', key: 'node-a', value: undefined }])
  return { ...harness, plane, handle, begin }
}

t.test('nothing is changed before the first audit is over', async (t) => {
  const plane = slowPlane()
  const { controller, time } = createHarness({ plane, started: false })
  const value = service('a/b')
  controller.handle([{ kind: 'service', key: value.key, value }])
  controller.start()
  time.step()
  t.same([...plane.items.keys()], [])
  t.equal(controller.status().ready, false)
  time.settle()
  t.equal(plane.items.size, 4)
  t.equal(controller.status().ready, true)
})

t.test('what comes and goes while the kernel is read is no drift, and has its turn', async (t) => {
  const { begin, handle, plane, time, told } = midAudit()
  begin()
  handle('10.20.1.6')
  time.step()
  t.same([plane.items.has(DESTINATION), plane.items.has(DESTINATION.replace('1.5', '1.6'))], [false, true])
  time.settle()
  t.same(
    told.filter((line) => !line.startsWith('synced')),
    [],
  )
  t.same([plane.items.has(DESTINATION), plane.items.has(DESTINATION.replace('1.5', '1.6'))], [false, true])
})

t.test('what others did before is found all the same', async (t) => {
  const { begin, handle, plane, time, told } = midAudit()
  plane.items.delete('route 10.96.0.10')
  begin()
  handle('10.20.1.6')
  time.settle()
  t.match(told, ['synced 1 services, 2 operations', 'drifted 1', 'synced 1 services, 1 operations'])
  t.ok(plane.items.has('route 10.96.0.10'))
})

t.test('a failure meanwhile stays doubtful, and is looked at again', async (t) => {
  const { begin, handle, plane, time, told } = midAudit()
  plane.refuse = (change) => change.startsWith('addDestination')
  begin()
  handle('10.20.1.5', '10.20.1.6')
  time.settle()
  t.match(told, [/^failed a\/b/])
  plane.refuse = () => false
  time.advance(2_000)
  t.ok(plane.items.has(DESTINATION.replace('1.5', '1.6')))
})

t.test('a part that was asked for meanwhile does not hide that the whole failed', async (t) => {
  const told: string[] = []
  const deferred: (() => void)[] = []
  const audits = createAudits({
    ledger: createLedger(),
    scheduler: { defer: (action) => void deferred.push(action), now: () => 0 },
    observer: {
      drifted: () => {},
      failed: (subject, error) => void told.push(`failed ${subject}: ${error.message}`),
      recovered: (subject) => void told.push(`recovered ${subject}`),
    },
    over: () => {},
  })
  const settle = (): void => {
    for (let action = deferred.shift(); action !== undefined; action = deferred.shift()) action()
  }
  const failing = function* (): Steps<ItemMap> {
    yield
    throw new Error('no memory')
  }
  const right = () => waitFor<ItemMap>(new Map())
  audits.begin({ whole: true, reading: failing, anew: true })
  audits.begin({ whole: false, reading: right })
  settle()
  t.match(audits.failure, { message: 'no memory' })
  audits.begin({ whole: true, reading: right })
  settle()
  t.equal(audits.failure, undefined)
  t.same(told, ['failed audit: no memory', 'recovered audit'])
})

t.test('an audit that is asked for meanwhile comes after it, once', async (t) => {
  const { begin, plane, time } = midAudit()
  const before = plane.readings
  begin()
  begin()
  begin()
  time.settle()
  t.equal(plane.readings, before + 2)
})

t.test('what is left over is found, and what was removed meanwhile does not come back as such', async (t) => {
  const { begin, handle, plane, time } = midAudit()
  const orphan: Item = { kind: 'element', set: 'vip4', element: '10.96.9.9 . tcp . 80' }
  plane.items.set('element vip4 10.96.9.9 . tcp . 80', orphan)
  begin()
  handle()
  plane.log.length = 0
  time.settle()
  t.same(plane.log, [`deleteDestination ${DESTINATION}`, 'delete element vip4 10.96.9.9 . tcp . 80'])
})

t.test('a loop that was stopped reads no further', async (t) => {
  const { begin, controller, plane, time, told } = midAudit()
  plane.items.delete('route 10.96.0.10')
  begin()
  controller.stop()
  time.settle()
  t.same(told, [])
})

t.test('steps that end in a breath are one turn, until it has been long', async (t) => {
  const { begin, plane, time } = midAudit()
  let [steps, now] = [0, 0]
  time.now = () => now
  function* observing() {
    for (; steps < 10; steps++) {
      now += 4
      yield 'breath' as const
    }
    return new Map(plane.items)
  }
  Object.assign(plane, { observing })
  begin()
  const turns = [steps]
  for (; steps < 10; turns.push(steps)) time.step()
  t.same(turns, [2, 5, 8, 10])
})

t.test('what others take away while it is read is no failure: it is read again, and told when that fails too', async (t) => {
  const { begin, plane, time, told } = midAudit()
  let failing = 1
  function* observing() {
    yield
    if (failing-- > 0) throw new Error('no such set')
    return new Map(plane.items)
  }
  Object.assign(plane, { observing })
  begin()
  time.settle()
  t.same(told, [])
  failing = 2
  begin()
  time.settle()
  t.same(told, ['failed audit: no such set'])
})
