import t from 'tap'
import { type Item, itemMap } from '../services/item.ts'
import { driftOf, lasting } from './drift.ts'

const ID = { protocol: 'tcp', address: '10.96.0.1', port: 80 } as const
const server = (scheduler = 'rr'): Item => ({ kind: 'server', server: { ...ID, scheduler, schedulerFlags: 0, persistenceSeconds: 0 } })
const destination = (weight: number): Item => ({
  kind: 'destination',
  server: ID,
  destination: { address: '10.20.0.2', port: 8080, weight },
})
const route: Item = { kind: 'route', address: '10.96.0.1', source: '' }
const of = (item: Item, ...owners: string[]) => ({ item, owners })

t.test('a kernel that holds what the proxy was told has no drift', async (t) => {
  t.same(driftOf([of(server(), 'a/b'), of(route, 'a/b', 'a/c')], itemMap([server(), route]), true), [])
})

t.test('what is missing, different or unexpected is told with the Services it concerns', async (t) => {
  const kernel = itemMap([server('wlc'), { ...route, address: '10.96.0.9' }])
  t.same(driftOf([of(server(), 'a/b'), of(route, 'a/b', 'a/c')], kernel, true), [
    { problem: 'different', object: 'server tcp 10.96.0.1:80', services: ['a/b'] },
    { problem: 'missing', object: 'route 10.96.0.1', services: ['a/b', 'a/c'] },
    { problem: 'unexpected', object: 'route 10.96.0.9', services: [] },
  ])
})

t.test(
  'a draining destination is as it should be; anything else that nobody wants is left over, once all Services were looked at',
  async (t) => {
    const kernel = itemMap([destination(0), route])
    t.same(driftOf([of(destination(0)), of(route)], kernel, true), [{ problem: 'unexpected', object: 'route 10.96.0.1', services: [] }])
    t.same(driftOf([of(destination(0)), of(route)], kernel, false), [])
  },
)

t.test('what is there at the first look only was on its way', async (t) => {
  const missing = (object: string) => ({ problem: 'missing', object, services: ['a/b'] }) as const
  t.same(lasting([missing('route 1'), missing('route 2')], [missing('route 2'), missing('route 3')]), [missing('route 2')])
})
