import t from 'tap'
import type { Log } from '../log.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { Operation } from './difference.ts'
import { createReport } from './report.ts'
import { service } from './testing/builders.ts'
import { createFakeScheduler } from './testing/fake-scheduler.ts'

const scene = () => {
  const lines: string[] = []
  const at =
    (level: string): Log['info'] =>
    (message, fields = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const log: Log = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), trace: at('trace') }
  const metrics = createMetrics({ version: '1', runtime: 'node', now: () => 0, ofProcess: false })
  const reported: unknown[] = []
  const events = { report: (subject: unknown) => void reported.push(subject), withdraw: (...what: unknown[]) => void reported.push(what) }
  const time = createFakeScheduler(0)
  return { report: createReport({ log, metrics, now: () => 0, after: time.after, events }), lines, metrics, reported, time }
}

const server = { protocol: 'tcp', address: '10.96.0.10', port: 80 } as const
const addServer: Operation = {
  verb: 'add',
  item: { kind: 'server', server: { ...server, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 600 } },
  owners: ['a/b'],
}
const addElement: Operation = { verb: 'add', item: { kind: 'element', set: 'vip4', element: '10.96.0.10 . tcp . 80' }, owners: ['a/b'] }

t.test('a change is one line that says what, for whom, and how', async (t) => {
  const { report, lines } = scene()
  report.applied({ operation: addServer, outcome: undefined })
  t.same(lines, ['info added server tcp 10.96.0.10:80 {"scheduler":"rr","persistenceSeconds":600,"service":"a/b"}'])
})

t.test('set elements, which come with every Service, are details', async (t) => {
  const { report, lines } = scene()
  report.applied({ operation: addElement, outcome: undefined })
  t.same(lines, ['debug added element vip4 10.96.0.10 . tcp . 80 {"service":"a/b"}'])
})

t.test('very many changes at once are one line a second, with their sum', async (t) => {
  const { report, lines, metrics, time } = scene()
  report.applied({ operation: addServer, outcome: undefined }, true)
  t.same(lines, [])
  t.match(await metrics.render(), 'selvedge_operations_total{kind="addServer",result="ok"} 1')
  report.synced({ seconds: 0.1, services: 250, operations: 1500 })
  report.synced({ seconds: 0.20360000001, services: 50, operations: 500 })
  report.synced({ seconds: 1, services: 1, operations: 2 })
  time.advance(1_000)
  report.synced({ seconds: 0.1, services: 20, operations: 101 })
  time.advance(10_000)
  t.same(lines, [
    'debug synced {"services":1,"operations":2,"seconds":1}',
    'info programmed Services {"services":300,"operations":2000,"seconds":0.304}',
    'info programmed Services {"services":20,"operations":101,"seconds":0.1}',
  ])
})

t.test('marks are details too, and told as people write them', async (t) => {
  const { report, lines } = scene()
  const item = { kind: 'mark', set: 'outside4', element: '203.0.113.9 . tcp . 80', mark: 0x12000 } as const
  report.applied({ operation: { verb: 'add', item, owners: ['a/b'] }, outcome: undefined })
  t.same(lines, ['debug added mark outside4 203.0.113.9 . tcp . 80 {"mark":"0x12000","service":"a/b"}'])
})

t.test('a destination that gets weight 0 is draining', async (t) => {
  const { report, lines } = scene()
  const item = { kind: 'destination', server, destination: { address: '10.20.0.2', port: 8080, weight: 0 } } as const
  report.applied({ operation: { verb: 'set', item, owners: [] }, outcome: undefined })
  t.same(lines, ['info draining destination tcp 10.96.0.10:80 10.20.0.2:8080 {"weight":0}'])
})

t.test('a notice is a log line, a count and an Event', async (t) => {
  const { report, lines, metrics, reported } = scene()
  const notice = { type: 'Warning', reason: 'AddressInUse', message: 'taken by a/c' } as const
  report.noticed(service('a/b'), notice)
  report.noticed(service('a/b'), { ...notice, type: 'Normal' })
  t.same(lines, [
    'warn taken by a/c {"service":"a/b","reason":"AddressInUse"}',
    'info taken by a/c {"service":"a/b","reason":"AddressInUse"}',
  ])
  t.match(await metrics.render(), 'selvedge_notices_total{reason="AddressInUse"} 2')
  t.same(reported, [
    { key: 'a/b', uid: 'uid of a/b' },
    { key: 'a/b', uid: 'uid of a/b' },
  ])
})

t.test('what fails and is no Service is named as a task', async (t) => {
  const { report, lines } = scene()
  report.failed('audit', new Error('no memory'))
  report.failed('a/b', new Error('no memory'))
  t.match(lines, [/"task":"audit"/, /"service":"a\/b"/])
})

t.test('a failure that repeats itself is told once, and again after a success', async (t) => {
  const { report, lines } = scene()
  const refused = new Error('operation not permitted')
  report.failed('a/b', refused)
  report.failed('a/b', refused)
  t.equal(lines.length, 1)
  report.applied({ operation: addElement, outcome: undefined })
  report.failed('a/b', refused)
  t.equal(lines.filter((line) => line.startsWith('error')).length, 2)
})

t.test('operations are counted by kind and by what the kernel answered', async (t) => {
  const { report, metrics } = scene()
  report.applied({ operation: addServer, outcome: undefined })
  report.applied({ operation: addServer, outcome: new Error('no') })
  const text = await metrics.render()
  t.match(text, 'selvedge_operations_total{kind="addServer",result="ok"} 1')
  t.match(text, 'selvedge_operations_total{kind="addServer",result="failed"} 1')
})
