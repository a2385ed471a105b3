import t from 'tap'
import { listPages } from './pages.ts'
import { SERVICES } from './resource.ts'
import { SimulatedApi } from './testing/simulated-api.ts'
import { settle } from './testing/simulated-clock.ts'

const list = (items: unknown, metadata: unknown) => JSON.stringify({ kind: 'ServiceList', items, metadata })

/** Reads all pages while the test answers. */
const reading = () => {
  const api = new SimulatedApi()
  const signs = { bytes: 0, answers: 0 }
  const onBytes = (): void => {
    signs.bytes += 1
  }
  const onAnswer = (): void => {
    signs.answers += 1
  }
  const pages = Array.fromAsync(listPages(api, { resource: SERVICES, signal: new AbortController().signal, onBytes, onAnswer }))
  pages.catch(() => {})
  const answer = async (text: string, status = 200): Promise<void> => {
    await settle()
    api.last.answer(status)
    api.last.sendRaw(text)
    api.last.end()
    await settle()
  }
  return { api, pages, answer, signs }
}

t.test('pages follow their continue tokens, with the selectors in each request', async (t) => {
  const { api, pages, answer, signs } = reading()
  await answer(list([1, 2], { resourceVersion: '7', continue: 'next=&' }))
  await answer(list([3], { resourceVersion: '7', continue: '' }))
  t.strictSame(await pages, [
    { items: [1, 2], version: '7' },
    { items: [3], version: '7' },
  ])
  const labelSelector = '!service.kubernetes.io/headless'
  t.strictSame(
    api.calls.map(({ request: { path, query, gzip } }) => ({ path, query, gzip })),
    [
      { path: '/api/v1/services', query: { limit: '500', labelSelector }, gzip: true },
      { path: '/api/v1/services', query: { limit: '500', labelSelector, continue: 'next=&' }, gzip: true },
    ],
  )
  t.strictSame(signs, { bytes: 2, answers: 2 })
})

t.test('an empty list may be null', async (t) => {
  const { pages, answer } = reading()
  await answer(list(null, { resourceVersion: '7' }))
  t.strictSame(await pages, [{ items: [], version: '7' }])
})

t.test('a forgotten token is the failure "expired"', async (t) => {
  const { pages, answer } = reading()
  await answer(list([], { resourceVersion: '7', continue: 'x' }))
  await answer('{"kind":"Status","code":410,"reason":"Expired"}', 410)
  await t.rejects(pages, { name: 'Failure', reason: 'expired' })
})

t.test('an answer that is no list is garbage', async (t) => {
  for (const text of ['', '[]', '{}', '{"items":[]}', '{"items":5,"metadata":{}}', '<html>']) {
    const { pages, answer } = reading()
    await answer(text)
    await t.rejects(pages, { name: 'Failure', reason: 'garbage' }, text)
  }
})
