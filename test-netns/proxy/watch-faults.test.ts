/** What the watchers do when the API server, or the way to it, fails: every fault that the API server for tests can be told to have. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { FaultOrder } from '../api-server/faults.ts'
import { type RunningApiServer, startApiServer } from '../api-server/start.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { node, service, serviceNamed } from './cluster-objects.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { startWatching, type Watching, type WatchingOptions } from './watching.ts'

interface Start {
  readonly timing?: WatchingOptions['timing']
  /** Faults from the start. */
  readonly faults?: FaultOrder
}

/** A watcher that has seen the Services `a` and `b`; its later requests are recorded. */
const watchingTwo = async (t: Test, { client, kubeconfig }: RunningApiServer, { timing, faults }: Start = {}): Promise<Watching> => {
  await client.faults({ ...faults, clear: true })
  for (const { metadata } of await client.list({ apiVersion: 'v1', kind: 'Service' }))
    await client.remove(serviceNamed(String(metadata.name)))
  await client.load([service('a'), service('b')])
  const watching = startWatching(t, { kubeconfig, ...(timing !== undefined && { timing }) })
  await until(
    'everything is listed',
    () => watching.events.includes('synced'),
    () => watching.log,
  )
  watching.events.splice(0)
  await client.forgetTraffic()
  return watching
}

const seen = (watching: Watching, event: string): Promise<void> =>
  until(
    `${event} is seen`,
    () => watching.events.includes(event),
    () => ({ events: watching.events, log: watching.log }),
  )

/** The requests for Services since the watcher was synced. */
const serviceRequests = async ({ client }: RunningApiServer) =>
  (await client.traffic()).requests.filter(({ resource }) => resource === 'services')

t.test('the watchers survive', requires('root', 'ip', 'openssl'), async (t) => {
  enterNewNamespace(t, 'faults')
  const server = await startApiServer(t, { address: '127.0.0.1' })
  const { client } = server
  await client.create(node('node1', '10.0.0.1'))

  t.test('connections that are cut: they go on from the last version, and miss nothing', async (t) => {
    const watching = await watchingTwo(t, server)
    await client.faults({ refuse: true, cut: true })
    await client.create(service('c'))
    await client.remove(serviceNamed('a'))
    await client.faults({ clear: true })
    await seen(watching, '-service default/a')
    t.strictSame(watching.events, ['+service default/c', '-service default/a'])
    const requests = await serviceRequests(server)
    t.ok(
      requests.every(({ query }) => query.resourceVersion !== undefined),
      'without a list',
    )
    t.equal(watching.status('services').relists, 0)
    t.match(watching.status('services').restarts, { network: Number })
  })

  for (const expiredAs of ['event', 'status'] as const) {
    t.test(`a version that is too old, told by ${expiredAs}: a new list shows what is gone`, async (t) => {
      const watching = await watchingTwo(t, server)
      await client.faults({ refuse: true, cut: true })
      await client.create(service('c'))
      await client.remove(serviceNamed('a'))
      await client.faults({ clear: true, compact: true, expiredAs })
      await seen(watching, '-service default/a')
      t.strictSame(watching.events, ['+service default/c', '-service default/a'], 'and b is not mentioned')
      t.match(watching.status('services'), { relists: 1, restarts: { expired: 1 } })
    })
  }

  t.test('requests that are throttled: they wait as long as they are told', async (t) => {
    const watching = await watchingTwo(t, server)
    await client.faults({ answers: [{ status: 429, retryAfterSeconds: 1, count: 1, resource: 'services' }], end: true })
    await client.create(service('c'))
    const begun = performance.now()
    await seen(watching, '+service default/c')
    t.ok(performance.now() - begun > 900, 'for a second')
    t.match(watching.status('services').restarts, { throttled: 1 })
    t.equal(watching.status('services').relists, 0)
  })

  for (const status of [500, 503]) {
    t.test(`a server that answers ${status} three times`, async (t) => {
      const watching = await watchingTwo(t, server)
      await client.faults({ answers: [{ status, count: 3, resource: 'services' }], end: true })
      await client.create(service('c'))
      await seen(watching, '+service default/c')
      t.match(watching.status('services').restarts, { server: 3 })
      t.strictSame(watching.events, ['+service default/c'])
    })
  }

  t.test('a peer that has vanished: silence is noticed, bookmarks are not silence', async (t) => {
    const watching = await watchingTwo(t, server, { timing: { silence: [1500, 1600] }, faults: { bookmarkMilliseconds: 100 } })
    await sleep(2000)
    t.equal(watching.status('services').generation, 1, 'two seconds of bookmarks only')
    await client.faults({ halfOpen: true })
    await client.create(service('c'))
    await seen(watching, '+service default/c')
    t.match(watching.status('services').restarts, { silent: 1 })
    t.equal(watching.status('services').relists, 0)
  })

  t.test('garbage in the stream: they list again', async (t) => {
    const watching = await watchingTwo(t, server)
    await client.faults({ garbage: '{"type":"ADDED","object":{"meta' })
    await until('there was a new list', () => watching.status('services').relists === 1)
    t.match(watching.status('services').restarts, { garbage: 1 })
    await client.create(service('c'))
    await seen(watching, '+service default/c')
    t.strictSame(watching.events, ['+service default/c'])
  })

  t.test('an object that makes no sense: it is ignored, and nothing else is', async (t) => {
    const watching = await watchingTwo(t, server)
    const hostile = {
      kind: 'Service',
      metadata: { name: 'a', namespace: 'default', resourceVersion: '5000' },
      spec: { clusterIP: 'x', ports: 7 },
    }
    await client.faults({
      garbage: [{ metadata: null }, { metadata: { name: '../b' } }, hostile]
        .map((object) => JSON.stringify({ type: 'MODIFIED', object }))
        .join('\n'),
    })
    await client.create(service('c'))
    await seen(watching, '+service default/c')
    t.strictSame(
      watching.events.filter((event) => event.includes('service')),
      ['+service default/c'],
      'a stays as it was known',
    )
    t.match(watching.status('services'), { rejected: 3, relists: 0 })
  })

  t.test('a watch that ends with an error of the server', async (t) => {
    const watching = await watchingTwo(t, server)
    await client.faults({ watchError: 500 })
    await client.create(service('c'))
    await seen(watching, '+service default/c')
    t.match(watching.status('services'), { relists: 0, restarts: { server: 1 } })
  })

  t.test('a watch that ends as it should: the next one goes on from there', async (t) => {
    const watching = await watchingTwo(t, server, { timing: { shortest: 0 } })
    await client.faults({ end: true })
    await client.create(service('c'))
    await seen(watching, '+service default/c')
    t.match(watching.status('services'), { relists: 0, generation: 2, restarts: { ended: 1 } })
    t.strictSame(
      watching.log.filter((line) => !line.startsWith('info')),
      [],
    )
  })

  t.test('a slow server', async (t) => {
    await client.faults({ clear: true, delayMilliseconds: 300 })
    const watching = startWatching(t, { kubeconfig: server.kubeconfig })
    await until('everything is listed', () => watching.events.includes('synced'))
    t.strictSame(watching.log, ['info: services, endpoint slices and node are listed'])
  })
})
