import t from 'tap'
import { type LogFormat, type LogLevel, openLog } from './log.ts'

/** A log whose lines are kept, with the time cut out. */
const record = (level: LogLevel, format: LogFormat) => {
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'TIME'))
  return { lines, log: openLog({ level, format, destination: { write } }) }
}

t.test('a change is one line of text', async (t) => {
  const { lines, log } = record('info', 'text')
  log.info('service added', { service: 'default/web', endpoints: 3, vips: ['10.0.0.1'], note: 'two words', none: undefined, empty: '' })
  log.warn('no fields')
  t.strictSame(lines, [
    'TIME INFO  service added service=default/web endpoints=3 vips="[\\"10.0.0.1\\"]" note="two words" empty=""\n',
    'TIME WARN  no fields\n',
  ])
})

t.test('a change is one line of JSON', async (t) => {
  const { lines, log } = record('info', 'json')
  log.error('failed', { service: 'default/web', reason: new Error('no such device'), bytes: 12_345_678_901_234_567n })
  t.strictSame(lines, [
    '{"level":"error","time":"TIME","service":"default/web","reason":"no such device","bytes":"12345678901234567","message":"failed"}\n',
  ])
})

t.test('a level keeps what is finer out', async (t) => {
  const all: string[] = []
  for (const level of ['info', 'debug', 'trace'] as const) {
    const { lines, log } = record(level, 'text')
    for (const method of ['error', 'warn', 'info', 'debug', 'trace'] as const) log[method]('x')
    all.push(lines.map((line) => line.split(' ')[1]).join(' '))
  }
  t.strictSame(all, ['ERROR WARN INFO', 'ERROR WARN INFO DEBUG', 'ERROR WARN INFO DEBUG TRACE'])
})

t.test('what an object says cannot break a line or drive a terminal', async (t) => {
  const { lines, log } = record('info', 'text')
  log.info('bad\nname\u001b[31m', { service: 'a\nb', reason: new Error('x\u009by\u007f') })
  t.strictSame(lines, ['TIME INFO  "bad\\nname\\u001b[31m" service="a\\nb" reason="x\\u009by\\u007f"\n'])
})
