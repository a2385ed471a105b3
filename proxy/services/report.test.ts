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
  const load = { waiting: 7 }
  return {
    report: createReport({ log, metrics, now: () => 0, after: time.after, events, waiting: () => load.waiting }),
    lines,
    metrics,
    reported,
    time,
    load,
  }
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
  const round = (operations: number) => {
    for (let count = 0; count < operations; count++) report.applied({ operation: addServer, outcome: undefined }, operations > 100)
    report.synced({ seconds: 0.1016, services: operations / 2, operations })
  }
  round(150)
  t.same(lines, [])
  t.match(await metrics.render(), 'selvedge_operations_total{kind="addServer",result="ok"} 150')
  round(150)
  round(10)
  time.advance(1_000)
  t.same(lines, ['info programmed Services {"services":155,"operations":310,"seconds":0.305,"waiting":7}'], 'the end of a load too')
  round(10)
  time.advance(1_000)
  t.equal(lines.length, 2, 'for as long as there were many in the second before')
  round(1)
  t.match(lines[2], /^info added server/, 'then each has its line again')
})

t.test('many small rounds within a second are told together from the hundred and first change on', async (t) => {
  const { report, lines, time } = scene()
  for (let round = 0; round < 102; round++) {
    report.applied({ operation: addServer, outcome: undefined })
    report.synced({ seconds: 0.001, services: 1, operations: 1 })
  }
  time.advance(1_000)
  t.equal(lines.filter((line) => line.startsWith('info added server')).length, 100)
  t.equal(lines.at(-1), 'info programmed Services {"services":2,"operations":2,"seconds":0.002,"waiting":7}')
  time.advance(60_000)
  report.applied({ operation: addServer, outcome: undefined })
  t.match(lines.at(-1), /^info added server/)
})

t.test('while many Services wait no change has a line of its own, however slowly it goes', async (t) => {
  const { report, lines, time, load } = scene()
  load.waiting = 21
  report.applied({ operation: addServer, outcome: undefined })
  report.synced({ seconds: 0.5, services: 1, operations: 1 })
  time.advance(5_000)
  t.same(lines, ['info programmed Services {"services":1,"operations":1,"seconds":0.5,"waiting":21}'])
})

t.test('what is removed says whose it was, and not how it was', async (t) => {
  const lines: string[] = []
  const tell: Log['info'] = (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { error: tell, warn: tell, info: tell, debug: tell, trace: tell }
  const metrics = createMetrics({ version: '1', runtime: 'node', now: () => 0, ofProcess: false })
  const report = createReport({ log, metrics, now: () => 0, after: createFakeScheduler(0).after, ownersOf: () => ['a/b'] })
  const item = { kind: 'destination', server, destination: { address: '10.20.0.2', port: 8080, weight: 0 } } as const
  report.applied({ operation: { verb: 'remove', item, owners: [] }, outcome: undefined })
  t.same(lines, ['removed destination tcp 10.96.0.10:80 10.20.0.2:8080 {"service":"a/b"}'])
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

t.test('a failure that repeats itself is told once; its end is told, and then the same failure again', async (t) => {
  const refused = new Error('operation not permitted')
  for (const [subject, kind] of [
    ['a/b', 'service'],
    ['audit', 'task'],
  ] as const) {
    const { report, lines } = scene()
    report.recovered?.(subject)
    for (let round = 0; round < 2; round++) {
      for (let turn = 0; turn < 3; turn++) report.failed(subject, refused)
      for (let turn = 0; turn < 3; turn++) report.recovered?.(subject)
    }
    const failed = new RegExp(`^error failed; will be tried again .*"${kind}":"${subject}"`)
    const recovered = new RegExp(`^info succeeded after it had failed .*"${kind}":"${subject}"`)
    t.match(lines, [failed, recovered, failed, recovered])
    t.equal(lines.length, 4)
  }
})

t.test('what one Service succeeds with does not make its other failure news', async (t) => {
  const { report, lines } = scene()
  const refused = new Error('operation not permitted')
  for (let turn = 0; turn < 3; turn++) {
    report.failed('a/b', refused)
    report.applied({ operation: addElement, outcome: undefined })
  }
  t.equal(lines.filter((line) => line.startsWith('error')).length, 1)
})

t.test('operations are counted by kind and by what the kernel answered', async (t) => {
  const { report, metrics } = scene()
  report.applied({ operation: addServer, outcome: undefined })
  report.applied({ operation: addServer, outcome: new Error('no') })
  const text = await metrics.render()
  t.match(text, 'selvedge_operations_total{kind="addServer",result="ok"} 1')
  t.match(text, 'selvedge_operations_total{kind="addServer",result="failed"} 1')
})

t.test('a drift says how much it is, and some of what', async (t) => {
  const { report, lines } = scene()
  report.drifted(35, ['route 10.96.0.13', 'element vip4 10.96.0.13 . tcp . 80'])
  t.same(lines, [
    'warn found changes that others made in the kernel; repairing {"items":35,"examples":"route 10.96.0.13, element vip4 10.96.0.13 . tcp . 80"}',
  ])
})
