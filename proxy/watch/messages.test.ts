import t from 'tap'
import { parseMessage } from './messages.ts'

const parse = (message: unknown) => parseMessage(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))

const object = { metadata: { name: 'web', resourceVersion: '7' } }

t.test('each type of watch event is told apart', async (t) => {
  t.strictSame(parse({ type: 'ADDED', object }), { type: 'present', object, version: '7' })
  t.strictSame(parse({ type: 'MODIFIED', object }), { type: 'present', object, version: '7' })
  t.strictSame(parse({ type: 'DELETED', object }), { type: 'gone', object, version: '7' })
  t.strictSame(parse({ type: 'BOOKMARK', object }), { type: 'bookmark', version: '7', listed: false })
})

t.test('the bookmark with the annotation ends the initial events', async (t) => {
  const marked = (value: unknown) => ({ metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': value } } })
  t.strictSame(parse({ type: 'BOOKMARK', object: marked('true') }), { type: 'bookmark', version: '9', listed: true })
  t.match(parse({ type: 'BOOKMARK', object: marked('false') }), { listed: false })
  t.match(parse({ type: 'BOOKMARK', object: marked(true) }), { listed: false })
})

t.test('an ERROR event is the failure that its Status tells', async (t) => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
  const message = parse({ type: 'ERROR', object: status })
  t.match(message, { type: 'failure', failure: { reason: 'expired', message: '410 Expired too old resource version' } })
})

t.test('an object without a version, or with a hostile one, has none', async (t) => {
  for (const metadata of [undefined, null, 5, {}, { resourceVersion: 7 }, { resourceVersion: null }]) {
    t.match(parse({ type: 'ADDED', object: { metadata } }), { type: 'present', version: '' }, JSON.stringify(metadata))
  }
})

t.test('anything else is garbage', async (t) => {
  for (const line of [
    '',
    '{',
    'null',
    '[]',
    '7',
    '{}',
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":null}',
    '{"type":"ADDED","object":[]}',
  ]) {
    t.throws(() => parse(line), { name: 'Failure', reason: 'garbage' }, line)
  }
  for (const type of [undefined, null, 'REPLACED', 1, '__proto__'])
    t.throws(() => parse({ type, object }), { name: 'Failure', reason: 'garbage' })
})

t.test('the message about garbage is short and on one line', async (t) => {
  const error = t.throws(() => parse(`{"x":\n${'y'.repeat(10_000)}`))
  t.ok(error instanceof Error && error.message.length < 200 && !error.message.includes('\n'))
})
