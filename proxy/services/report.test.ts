import t from 'tap'
import type { Log } from '../log.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { Operation } from './difference.ts'
import { createReport } from './report.ts'

const scene = () => {
  const lines: string[] = []
  const at =
    (level: string): Log['info'] =>
    (message, fields = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const log: Log = { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), trace: at('trace') }
  const metrics = createMetrics({ version: '1', runtime: 'node', now: () => 0, ofProcess: false })
  return { report: createReport({ log, metrics, now: () => 0 }), lines, metrics }
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

t.test('very many changes at once are one line for their round', async (t) => {
  const { report, lines, metrics } = scene()
  report.applied({ operation: addServer, outcome: undefined }, true)
  t.same(lines, [])
  t.match(await metrics.render(), 'selvedge_operations_total{kind="addServer",result="ok"} 1')
  report.synced({ seconds: 1, services: 250, operations: 1500 })
  report.synced({ seconds: 1, services: 1, operations: 2 })
  t.same(lines, ['info synced {"services":250,"operations":1500,"seconds":1}', 'debug synced {"services":1,"operations":2,"seconds":1}'])
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
