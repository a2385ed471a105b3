import t, { type Test } from 'tap'
import type { FaultSettings } from './faults.ts'
import { Lister } from './list.ts'
import { resourceAt } from './resources.ts'
import { parseRoute, type Route } from './route.ts'
import { Store } from './store.ts'
import { Watch } from './watch.ts'

const services = resourceAt('v1', 'services')
if (services === undefined) throw new Error('services are known')

const route = (query: Record<string, string>): Route =>
  parseRoute('GET', new URL(`/api/v1/services?${new URLSearchParams(query)}`, 'https://server'))

const open = (...names: readonly string[]) => {
  const store = new Store()
  const put = (name: string, labels = {}): number =>
    store.put(services, `default/${name}`, { kind: 'Service', apiVersion: 'v1', metadata: { name, namespace: 'default', labels } }).version
  for (const name of names) put(name)
  return { store, put, remove: (name: string) => store.remove(services, `default/${name}`), lister: new Lister(store) }
}

interface Line {
  readonly type: string
  readonly object: {
    readonly kind: string
    readonly code?: number
    readonly metadata: { readonly name?: string; readonly resourceVersion: string }
  }
}

/** A watch, and what it has sent: `TYPE name@version`. */
const watching = (t: Test, store: Store, query: Record<string, string>, settings: FaultSettings = {}) => {
  const lines: string[] = []
  let ended = false
  const write = (text: string): void => {
    for (const line of text.trimEnd().split('\n')) {
      const { type, object }: Line = JSON.parse(line)
      lines.push(`${type} ${object.code ?? `${object.metadata.name ?? ''}@${object.metadata.resourceVersion}`}`)
    }
  }
  const end = (): void => {
    ended = true
  }
  const watch = new Watch(route({ watch: '1', ...query }), { store, settings, sink: { write, end } })
  t.teardown(() => watch.stop())
  return { watch, lines, ended: () => ended }
}

interface ListAnswer {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}

const listed = (lister: Lister, query: Record<string, string>): ListAnswer => JSON.parse(lister.list(route(query)))
const names = ({ items }: ListAnswer): string[] => items.map(({ metadata }) => metadata.name)

t.test('chunks of a list are of one version, whatever happens between them', async (t) => {
  const { lister, put, remove } = open('d', 'a', 'c', 'b', 'e')
  const first = listed(lister, { limit: '2' })
  t.strictSame([names(first), first.metadata.remainingItemCount], [['a', 'b'], 3])
  put('aa')
  remove('c')
  const second = listed(lister, { limit: '2', continue: first.metadata.continue ?? '' })
  t.strictSame([names(second), second.metadata.remainingItemCount], [['c', 'd'], 1])
  const last = listed(lister, { limit: '2', continue: second.metadata.continue ?? '' })
  t.strictSame([names(last), last.metadata.continue], [['e'], undefined])
  t.equal(last.metadata.resourceVersion, first.metadata.resourceVersion)
  t.strictSame(names(listed(lister, {})), ['a', 'aa', 'b', 'd', 'e'])
})

t.test('a forgotten token is 410, a malformed one 400, a version from the future 504', async (t) => {
  const { lister, store } = open('a', 'b')
  const { metadata } = listed(lister, { limit: '1' })
  lister.compact()
  t.throws(() => listed(lister, { continue: metadata.continue ?? '' }), { code: 410, reason: 'Expired' })
  t.throws(() => listed(lister, { continue: 'x' }), { code: 400 })
  t.throws(() => listed(lister, { resourceVersion: String(store.version + 1) }), { code: 504 })
  t.throws(() => listed(lister, { limit: 'two' }), { code: 400 })
})

t.test('a watch begins after its version', async (t) => {
  const { store, put, remove } = open('a')
  const from = put('b')
  put('b', { x: 'y' })
  remove('a')
  const { lines } = watching(t, store, { resourceVersion: String(from) })
  put('c')
  t.strictSame(lines, ['MODIFIED b@1003', 'DELETED a@1004', 'ADDED c@1005'])
})

t.test('a watch without a version begins with everything', async (t) => {
  const { store, put } = open('a', 'b')
  for (const query of [{}, { resourceVersion: '0' }]) {
    const { lines } = watching(t, store, query)
    t.strictSame(lines, ['ADDED a@1001', 'ADDED b@1002'])
  }
  put('a')
})

t.test('a streaming list ends with its bookmark', async (t) => {
  const { store, put } = open('a')
  put('b')
  const { lines } = watching(t, store, { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' })
  put('a', { x: 'y' })
  t.strictSame(lines, ['ADDED a@1001', 'ADDED b@1002', 'BOOKMARK @1002', 'MODIFIED a@1003'])
  t.throws(() => watching(t, store, { sendInitialEvents: 'true' }), { code: 422 })
  t.throws(() => watching(t, store, { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }, { refuseInitialEvents: 400 }), {
    code: 400,
  })
})

t.test('an object that begins or ceases to match is added or deleted', async (t) => {
  const { store, put } = open()
  const { lines } = watching(t, store, { labelSelector: '!hidden' })
  put('a')
  put('a', { hidden: '' })
  put('a', { hidden: 'yes' })
  put('a', {})
  put('a', { seen: '' })
  t.strictSame(lines, ['ADDED a@1001', 'DELETED a@1002', 'ADDED a@1004', 'MODIFIED a@1005'])
})

t.test('a forgotten version is told by an event, or by status when that is ordered', async (t) => {
  const { store, put } = open('a')
  const from = String(put('b'))
  store.compact()
  const { lines, ended } = watching(t, store, { resourceVersion: from })
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame([lines, ended()], [['ERROR 410'], true])
  t.throws(() => watching(t, store, { resourceVersion: from }, { expiredAs: 'status' }), { code: 410 })
})

t.test('a silenced watch says nothing more and does not end', async (t) => {
  const { store, put } = open()
  const { watch, lines, ended } = watching(t, store, { resourceVersion: '1000' })
  watch.silence()
  put('a')
  watch.garbage('x')
  watch.end()
  t.strictSame([lines, ended()], [[], false])
})
