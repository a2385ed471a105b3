import t from 'tap'
import type { Api, ApiRequest } from '../watch/api.ts'
import type { EventFacts } from './event.ts'
import { createSendEvent } from './send-event.ts'

const facts: EventFacts = {
  service: { key: 'shop/web', uid: 'u-1' },
  notice: { type: 'Warning', reason: 'AddressInUse', message: 'taken' },
  node: 'node-a',
  count: 2,
  first: 0,
  last: 1_000,
}
const PATCH = { message: 'taken', lastTimestamp: '1970-01-01T00:00:01Z' }

/** An API that answers with these, in turn; what it was asked is kept. */
const scene = (...answers: readonly (readonly [status: number, body: string] | Error)[]) => {
  const asked: unknown[] = []
  const left = [...answers]
  let reloads = 0
  const api: Api = {
    request: async ({ path, write }: ApiRequest) => {
      const body: unknown = JSON.parse(write?.body ?? 'null')
      asked.push(write?.method === 'POST' ? `POST ${path}` : [`PATCH ${path.slice(0, path.lastIndexOf('.'))}`, write?.type, body])
      const answer = left.shift() ?? new Error('asked too often')
      if (answer instanceof Error) throw answer
      return {
        status: answer[0],
        retryAfterSeconds: undefined,
        body: (async function* () {
          yield Buffer.from(answer[1])
        })(),
      }
    },
    reload: () => {
      reloads++
    },
    close: () => {},
  }
  const send = createSendEvent(api, () => () => {})
  return { asked, reloads: () => reloads, send }
}
const CREATE = 'POST /api/v1/namespaces/shop/events'
const patched = (change: object) => ['PATCH /api/v1/namespaces/shop/events/web', 'application/merge-patch+json', change]

t.test('a new Event is created, a known one counted up', async (t) => {
  const { asked, send } = scene([201, '{"count":2}'], [200, '{"count":5}'])
  t.strictSame(await send(facts, false), { result: 'sent', count: 2 })
  t.strictSame(await send({ ...facts, count: 5 }, true), { result: 'sent', count: 5 })
  t.strictSame(asked, [CREATE, patched({ ...PATCH, count: 5 })])
})

t.test('an Event that somebody made already keeps its count', async (t) => {
  const { asked, send } = scene([409, '{}'], [200, '{"count":40}'])
  t.strictSame(await send(facts, false), { result: 'sent', count: 40 })
  t.strictSame(asked, [CREATE, patched(PATCH)])
})

t.test('an Event that has expired is made anew', async (t) => {
  const { asked, send } = scene([404, '{}'], [201, 'no JSON'])
  t.strictSame(await send(facts, true), { result: 'sent', count: 2 })
  t.strictSame(asked, [patched({ ...PATCH, count: 2 }), CREATE])
})

const OUTCOMES: readonly (readonly [answer: readonly [number, string] | Error, result: string])[] = [
  [[403, 'events is forbidden: User "x" cannot create resource "events"'], 'forbidden'],
  [[403, 'unable to create new content in namespace shop because it is being terminated'], 'refused'],
  [[404, 'namespaces "shop" not found'], 'refused'],
  [[422, 'invalid'], 'refused'],
  [[401, 'Unauthorized'], 'failed'],
  [[429, 'slow down'], 'failed'],
  [[500, 'etcd is away'], 'failed'],
  [new Error('connect ECONNREFUSED'), 'failed'],
]
for (const [answer, result] of OUTCOMES) {
  const said = answer instanceof Error ? answer.message : `${answer[0]} ${answer[1]}`
  t.test(`${said.slice(0, 60)}: ${result}`, async (t) => {
    t.strictSame(await scene(answer).send(facts, false), { result, reason: said })
  })
}

t.test('401, and a connection that fails, have the credentials read anew', async (t) => {
  for (const answer of [[401, ''] as const, new Error('unable to verify the first certificate')]) {
    const { send, reloads } = scene(answer)
    await send(facts, false)
    t.equal(reloads(), 1)
  }
})
