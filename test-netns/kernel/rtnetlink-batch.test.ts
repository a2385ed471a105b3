import t from 'tap'
import type { Route } from '#kernel/rtnetlink/types.ts'
import { requires } from '../rig/requires.ts'
import { freshNamespace } from './fresh-namespace.ts'

const NEEDS = requires('root', 'ip')
const OURS = 83

/** The local route of the n-th Service address, on lo. */
const service = (number: number): Route => ({
  family: 4,
  destination: { address: `10.96.${number >> 8}.${number & 0xff}`, prefixLength: 32 },
  link: 1,
  table: 255,
  type: 'local',
  protocol: OURS,
})

t.test('two thousand routes are replaced, read and deleted in few datagrams', NEEDS, async (t) => {
  const { rtnetlink, exec } = freshNamespace(t)
  const routes = Array.from({ length: 2000 }, (_, number) => service(number))
  const told = (): string[] => exec('ip', 'route', 'show', 'table', 'local', 'proto', String(OURS)).split('\n').filter(Boolean)

  const before = rtnetlink.counters.datagrams
  const added = rtnetlink.batchRoutes(routes.map((route) => ({ verb: 'replace', route })))
  t.same(new Set(added), new Set([undefined]))
  t.ok(rtnetlink.counters.datagrams - before < 10, `${rtnetlink.counters.datagrams - before} datagrams`)
  t.equal(told().length, 2000)
  t.same(rtnetlink.routes({ table: 255, protocol: OURS }).length, 2000)

  const deleted = rtnetlink.batchRoutes(routes.map((route) => ({ verb: 'delete', route })))
  t.same(new Set(deleted), new Set([undefined]))
  t.same(told(), [])
})

t.test('failures in a batch are told apart and stop nothing', NEEDS, async (t) => {
  const { rtnetlink } = freshNamespace(t)
  rtnetlink.replaceRoute(service(1))
  const outcomes = rtnetlink.batchRoutes([
    { verb: 'replace', route: service(2) },
    { verb: 'delete', route: service(9) },
    { verb: 'replace', route: { ...service(3), link: 4711 } },
    { verb: 'delete', route: service(1) },
    { verb: 'replace', route: { ...service(4), source: '192.0.2.1' } },
  ])
  t.match(outcomes, [undefined, { code: 'ESRCH' }, { code: 'ENODEV' }, undefined, { code: 'EINVAL' }])
  t.same(
    rtnetlink.routes({ protocol: OURS }).map(({ destination }) => destination?.address),
    ['10.96.0.2'],
  )
})

t.test('a thousand failures at once are all reported', NEEDS, async (t) => {
  const { rtnetlink } = freshNamespace(t)
  const outcomes = rtnetlink.batchRoutes(Array.from({ length: 1000 }, (_, number) => ({ verb: 'delete', route: service(number) })))
  t.equal(outcomes.filter((outcome) => outcome !== undefined && 'code' in outcome && outcome.code === 'ESRCH').length, 1000)
  t.same(rtnetlink.batchRoutes([{ verb: 'replace', route: service(1) }]), [undefined])
})
