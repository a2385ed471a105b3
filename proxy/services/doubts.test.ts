/** A change whose answer was lost: nobody knows whether it was made, and nothing is built upon it. */
import t from 'tap'
import { KernelError } from '#kernel/errno.ts'
import type { DataPlane } from './data-plane.ts'
import { node, service, slice } from './testing/builders.ts'
import { createFakeDataPlane, type FakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness, gone } from './testing/harness.ts'

/** A plane that carries out one call of this kind, and then has no answer for it. */
const losing = (
  kind: 'changeElements' | 'changeIpvs' | 'changeRoutes',
  inner = createFakeDataPlane(),
): FakeDataPlane & { lose: boolean } => {
  const answer: DataPlane[typeof kind] = (changes: never) => {
    const outcomes = inner[kind](changes)
    if (!plane.lose) return outcomes
    plane.lose = false
    throw new KernelError('recv', 105)
  }
  const plane = { ...inner, [kind]: answer, lose: false }
  return plane
}

const WHOLE = ['element address4 10.96.0.10', 'element vip4 10.96.0.10 . tcp . 80', 'route 10.96.0.10', 'server tcp 10.96.0.10:80']

t.test('who takes over elements whose removal had no answer writes them, before the route', async (t) => {
  const plane = losing('changeElements')
  const { send, kernel } = createHarness({ plane })
  send(service('a/old'))
  plane.lose = true
  send(gone('service', 'a/old'))
  t.same(kernel(), [])
  t.same(send(service('a/new')), [
    'add element vip4 10.96.0.10 . tcp . 80',
    'add element address4 10.96.0.10',
    'addServer server tcp 10.96.0.10:80',
    'replace route 10.96.0.10',
  ])
  t.same(kernel(), WHOLE)
})

t.test('who takes over a server whose removal had no answer makes it with its destinations', async (t) => {
  const plane = losing('changeIpvs')
  const { send, kernel } = createHarness({ plane })
  send(service('a/old'), slice('a/old', ['10.20.1.5']))
  plane.lose = true
  send(gone('service', 'a/old'), gone('slice', 'a/old-1'))
  send(service('a/new'), slice('a/new', ['10.20.1.5']))
  t.same(kernel(), ['destination tcp 10.96.0.10:80 10.20.1.5:8080', ...WHOLE])
})

t.test('a route that was made without an answer goes with its Service, and before its guard', async (t) => {
  const plane = losing('changeRoutes')
  const { send, kernel } = createHarness({ plane })
  plane.lose = true
  send(service('a/b'))
  t.same(kernel(), WHOLE)
  const removed = send(gone('service', 'a/b'))
  t.equal(removed[0], 'delete route 10.96.0.10')
  t.same(kernel(), [])
})

t.test('what was never made is removed without a complaint, and another look at the kernel ends all doubt', async (t) => {
  const { send, plane, controller, time, told } = createHarness()
  plane.refuse = (change) => change.includes('10.96.0.10')
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  plane.refuse = () => false
  send(gone('service', 'a/b'), gone('slice', 'a/b-1'))
  t.equal(controller.status().failures.size, 0)
  plane.log.length = 0
  time.advance(60_000)
  t.same(plane.log, [])
  t.notOk(
    told.some((line) => line.startsWith('drifted')),
    'what failed is nobody else’s doing',
  )
})

t.test('a route that was held back, and of which nobody knows, goes with its Service, and before its guard', async (t) => {
  const { plane, send } = createHarness()
  send(service('a/b'))
  const blind = {
    ...plane,
    changeElements: plane.changeElements,
    observe: (): never => {
      throw new Error('no buffer space available')
    },
  }
  const second = createHarness({ plane: blind, started: false })
  second.send(service('a/b'))
  blind.changeElements = () => {
    throw new KernelError('recv', 105)
  }
  second.controller.start()
  second.time.settle()
  blind.changeElements = plane.changeElements
  t.equal(second.send(gone('service', 'a/b'))[0], 'delete route 10.96.0.10')
  t.same(second.kernel(), [])
})

t.test('a route that was found at the start and could not be changed goes with its Service, and before its guard', async (t) => {
  const plane = losing('changeRoutes')
  createHarness({ plane }).send(service('a/b'))
  const second = createHarness({ plane, started: false })
  second.send(service('a/b'), { kind: 'node', key: 'node-a', value: node({ addresses: ['192.0.2.9'] }) })
  plane.lose = true
  second.controller.start()
  second.time.settle()
  t.equal(second.send(gone('service', 'a/b'))[0], 'delete route 10.96.0.10')
  t.same(second.kernel(), [])
})
