import t from 'tap'
import type { Disturbance, TableSight } from './table-watch.ts'
import { port, service, slice } from './testing/builders.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness } from './testing/harness.ts'

/** A controller with one Service, whose audits are far away, and what others did to the kernel since the last look. */
const scene = () => {
  const plane = createFakeDataPlane()
  const others = { did: 'none' as Disturbance, tableRead: 0, routesRead: 0, fail: false }
  const sight: TableSight = {
    disturbance: () => {
      if (others.fail) throw new Error('netlink')
      const { did } = others
      others.did = 'none'
      return did
    },
    observeTable: () => {
      others.tableRead += 1
      return new Map([...plane.items].filter(([, { kind }]) => kind === 'element' || kind === 'mark'))
    },
    observeRoutes: () => {
      others.routesRead += 1
      return new Map([...plane.items].filter(([, { kind }]) => kind === 'route'))
    },
  }
  const harness = createHarness({ plane, sight, auditPeriod: 600_000 })
  harness.send(service('a/b', { ports: [port({ nodePort: 30_080 })] }), slice('a/b', ['10.20.1.5']))
  plane.log.length = 0
  return { ...harness, others }
}

t.test('as long as nobody else writes to the ruleset, nothing is read', async (t) => {
  const { time, others } = scene()
  time.advance(60_000)
  t.equal(others.tableRead, 0)
})

t.test('elements that others took are back within two seconds', async (t) => {
  const { time, plane, others, told, kernel } = scene()
  const before = kernel()
  for (const key of [...plane.items.keys()]) if (key.startsWith('element')) plane.items.delete(key)
  others.did = 'ruleset'
  time.advance(2_000)
  t.same(kernel(), before)
  t.same(
    told.filter((line) => line.startsWith('drifted')),
    ['drifted 3'],
  )
})

t.test('elements that others put are taken away', async (t) => {
  const { time, plane, others, kernel } = scene()
  const before = kernel()
  plane.items.set('element vip4 10.96.0.99 . tcp . 22', { kind: 'element', set: 'vip4', element: '10.96.0.99 . tcp . 22' })
  others.did = 'ruleset'
  time.advance(2_000)
  t.same(kernel(), before)
})

t.test('what others do elsewhere in the ruleset changes nothing here', async (t) => {
  const { time, plane, others } = scene()
  others.did = 'ruleset'
  time.advance(2_000)
  t.equal(others.tableRead, 1)
  t.same(plane.log, [])
})

t.test('routes that went with an address are back, and those that others put are taken away; nothing else is read', async (t) => {
  const { time, plane, others, kernel } = scene()
  const before = kernel()
  plane.items.delete('route 10.96.0.10')
  plane.items.set('route 10.96.0.99', { kind: 'route', address: '10.96.0.99', source: '' })
  plane.observe = () => {
    throw new Error('nobody asks for all')
  }
  others.did = 'routes'
  time.advance(2_000)
  t.same(kernel(), before)
  t.match(others, { routesRead: 1, tableRead: 0 })
})

t.test('what the kernel refused while an address was missing is tried again when one came', async (t) => {
  const { time, plane, others, kernel, controller } = scene()
  const before = kernel()
  plane.items.delete('route 10.96.0.10')
  plane.refuse = (change) => change.startsWith('replace route')
  others.did = 'routes'
  // Long enough for retries to be half a minute apart.
  time.advance(90_000)
  t.equal(controller.status().failures.size, 1)
  plane.refuse = () => false
  others.did = 'routes'
  time.advance(2_000)
  t.equal(controller.status().failures.size, 0)
  t.same(kernel(), before)
})

t.test('when the dummy link is gone all is looked at, and so are the routes that went with it', async (t) => {
  const { time, plane, others, kernel } = scene()
  const before = kernel()
  plane.items.delete('route 10.96.0.10')
  others.did = 'link'
  time.advance(2_000)
  t.same(kernel(), before)
})

t.test('a look at the table does not hide that an audit fails', async (t) => {
  const { time, plane, others, controller } = scene()
  const { observe } = plane
  plane.observe = () => {
    throw new Error('no IPVS')
  }
  others.fail = true
  time.advance(1_000)
  others.fail = false
  others.did = 'ruleset'
  time.advance(1_000)
  t.match(controller.status().auditFailure, { message: 'no IPVS' })
  plane.observe = observe
  time.advance(30_000)
  t.equal(controller.status().auditFailure, undefined)
})

t.test('stopping ends the looks', async (t) => {
  const { time, others, controller } = scene()
  controller.stop()
  others.did = 'ruleset'
  time.advance(60_000)
  t.equal(others.tableRead, 0)
})
