import t from 'tap'
import type { ClusterEvent } from '../services/types.ts'
import { Intake } from './intake.ts'
import { SERVICES } from './resource.ts'
import { simulatedLog } from './testing/simulated-log.ts'

const service = (name: string, parts: { readonly ports?: unknown; readonly spec?: object } = {}): unknown => ({
  metadata: { name, namespace: 'default' },
  spec: { clusterIPs: ['10.96.0.10'], ports: parts.ports ?? [{ port: 80 }], ...parts.spec },
})

const open = (onBatch: (events: readonly ClusterEvent[]) => void = () => {}) => {
  const batches: string[][] = []
  const log = simulatedLog()
  const onEvents = (events: readonly ClusterEvent[]): void => {
    batches.push(events.map(({ key, value }) => `${value === undefined ? '-' : '+'}${key}`))
    onBatch(events)
  }
  return { intake: new Intake({ resource: SERVICES, onEvents, log }), batches, log }
}

t.test('what gathers between two flushes comes as one batch, and nothing comes as none', async (t) => {
  const { intake, batches } = open()
  intake.present(service('a'))
  intake.present(service('b'))
  intake.gone(service('a'))
  t.strictSame(batches, [])
  intake.flush()
  intake.flush()
  t.strictSame(batches, [['+default/a', '+default/b', '-default/a']])
})

t.test('an object that cannot be used is counted and told of once, and what was known of it stays', async (t) => {
  const { intake, batches, log } = open()
  intake.present(service('a'))
  for (let time = 0; time < 3; time++) intake.present(service('a', { ports: [{ port: 'http' }] }))
  intake.flush()
  t.strictSame(batches, [['+default/a']])
  t.strictSame(intake.counts, { objects: 1, unknown: 0, rejected: 3, handlerErrors: 0 })
  t.strictSame(log.lines, ['warn: services default/a is ignored: spec.ports[0].port: "http" is not a port (1 to 65535)'])
})

t.test('a list that holds an unreadable object does not delete what was known of it', async (t) => {
  const { intake, batches } = open()
  for (const name of ['a', 'b']) intake.present(service(name))
  intake.flush()
  intake.beginList()
  intake.present(service('a', { ports: [{ port: -1 }] }))
  intake.present({ metadata: null })
  intake.endList()
  intake.flush()
  t.strictSame(batches, [['+default/a', '+default/b'], ['-default/b']])
})

t.test('objects of which nothing is known are counted until they can be read, or are gone', async (t) => {
  const { intake } = open()
  const unreadable = { ports: [{ port: -1 }] }
  intake.beginList()
  for (const name of ['a', 'b', 'c']) intake.present(service(name, unreadable))
  intake.present({ metadata: null })
  intake.endList()
  t.equal(intake.counts.unknown, 4)
  intake.present(service('a'))
  intake.gone(service('b'))
  t.equal(intake.counts.unknown, 2)
  intake.present(service('a', unreadable))
  t.equal(intake.counts.unknown, 2, 'of a the last readable state is known')
  intake.beginList()
  intake.endList()
  t.equal(intake.counts.unknown, 0)
})

t.test('a warning about an object is given once', async (t) => {
  const { intake, log } = open()
  const spec = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } }
  for (let port = 1; port < 4; port++) intake.present(service('a', { spec, ports: [{ port }] }))
  t.equal(log.lines.length, 1)
  t.match(log.lines[0], /^warn: services default\/a: spec\.sessionAffinityConfig\.clientIP\.timeoutSeconds: 0 is not 1 to 86400/)
  t.strictSame(log.fields, [{ resource: 'services', service: 'default/a' }], 'found by its Service')
})

t.test('a listener that fails is told of and counted, and hears of what follows', async (t) => {
  const { intake, batches, log } = open((events) => {
    if (events.length === 2) throw new Error('no')
  })
  intake.present(service('a'))
  intake.present(service('b'))
  intake.flush()
  intake.present(service('c'))
  intake.flush()
  t.strictSame(batches, [['+default/a', '+default/b'], ['+default/c']])
  t.equal(intake.counts.handlerErrors, 1)
  t.strictSame(log.lines, ['error: a listener failed on 2 events'])
})

t.test('an object that is odd in a thousand places is told of in a few lines', async (t) => {
  const { intake, log } = open()
  intake.present(service('a', { ports: Array.from({ length: 1000 }, (_, index) => ({ port: 80, protocol: `X${index}` })) }))
  t.equal(log.lines.length, 11)
  t.match(log.lines[0], /X0.*left out/)
  t.equal(log.lines[10], 'warn: services default/a: there is more that is odd')
})
