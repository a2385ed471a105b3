/** How the watchers list: as a stream, and in compressed pages where a server cannot stream. */
import t from 'tap'
import { startApiServer } from '../api-server/start.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { node, service, serviceNamed } from './cluster-objects.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { startWatching, type Watching } from './watching.ts'

const isSynced = (watching: Watching): Promise<void> =>
  until(
    'everything is listed',
    () => watching.events.includes('synced'),
    () => watching.log,
  )

t.test('lists', requires('root', 'ip', 'openssl'), async (t) => {
  enterNewNamespace(t, 'lists')
  const { client, kubeconfig } = await startApiServer(t, { address: '127.0.0.1' })
  await client.load([node('node1', '10.0.0.1'), ...Array.from({ length: 1200 }, (_, index) => service(`service-${index}`))])

  for (const [status, scheduler] of [
    [400, 'sed'],
    [422, 'nq'],
  ] as const) {
    t.test(`a server that answers ${status} to a streaming list is read in pages, compressed`, async (t) => {
      await client.faults({ clear: true, refuseInitialEvents: status })
      await client.forgetTraffic()
      const watching = startWatching(t, { kubeconfig })
      await isSynced(watching)
      t.equal(watching.view.size, 1201)
      t.match(watching.view.get('service default/service-1199'), { clusterIps: [/^10\.96\./] })
      const requests = (await client.traffic()).requests.filter(({ resource }) => resource === 'services')
      t.strictSame(
        requests.map(({ verb, query: { limit }, acceptEncoding }) => [verb, limit, acceptEncoding]),
        [
          ['watch', undefined, 'identity'],
          ['list', '500', 'gzip'],
          ['list', '500', 'gzip'],
          ['list', '500', 'gzip'],
          ['watch', undefined, 'identity'],
        ],
      )
      await client.patch(serviceNamed('service-7'), { metadata: { annotations: { 'kube-router.io/service.scheduler': scheduler } } })
      await until('the watch follows the list', () => watching.events.at(-1) === '+service default/service-7')
      await watching.stop()
    })
  }

  t.test('a list whose version is forgotten between two pages is begun again', async (t) => {
    await client.faults({ clear: true, refuseInitialEvents: 400, slowLists: { bytes: 4096, milliseconds: 20 } })
    await client.forgetTraffic()
    const watching = startWatching(t, { kubeconfig })
    await until('the first page is under way', async () =>
      (await client.traffic()).requests.some(({ verb, resource }) => verb === 'list' && resource === 'services'),
    )
    await client.remove(serviceNamed('service-0'))
    await client.faults({ clear: true, refuseInitialEvents: 400, compact: true })
    await isSynced(watching)
    t.equal(watching.view.size, 1200)
    t.match(watching.status('services').restarts, { expired: 1 })
    await watching.stop()
  })

  t.test('ten thousand Services are listed, and the next change is seen at once', async (t) => {
    await client.faults({ clear: true })
    await client.load(Array.from({ length: 8801 }, (_, index) => service(`more-${index}`)))
    const watching = startWatching(t, { kubeconfig })
    let longest = 0
    let last = performance.now()
    const begun = last
    const ticker = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    t.teardown(() => clearInterval(ticker))
    await isSynced(watching)
    t.equal(watching.view.size, 10_001)
    t.comment(`${Math.round(performance.now() - begun)} ms in all, the event loop held for ${Math.round(longest)} ms at most`)
    await client.remove(serviceNamed('more-7'))
    await until('the deletion is seen', () => watching.events.at(-1) === '-service default/more-7')
  })
})
