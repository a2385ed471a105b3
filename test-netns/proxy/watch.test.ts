/** The watchers over real TLS connections, against the API server for tests, all inside one network namespace. */
import t from 'tap'
import { startApiServer } from '../api-server/start.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { node, service, serviceNamed, slice } from './cluster-objects.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { startWatching } from './watching.ts'

const OURS = '!service.kubernetes.io/headless'

t.test('services, slices and the own node', requires('root', 'ip', 'openssl'), async (t) => {
  enterNewNamespace(t, 'watch')
  const { client, kubeconfig } = await startApiServer(t, { address: '127.0.0.1' })
  await client.load([
    node('node1', '10.0.0.1'),
    node('node2', '10.0.0.2'),
    service('web', { spec: { type: 'NodePort', clusterIP: '10.96.0.10', ports: [{ port: 80, nodePort: 30080 }] } }),
    service('headless', { spec: { clusterIP: 'None' } }),
    service('foreign', { labels: { 'service.kubernetes.io/service-proxy-name': 'other' } }),
    slice('web', ['10.20.0.2', '10.20.0.3']),
  ])
  const watching = startWatching(t, { kubeconfig })
  await until(
    'everything is listed',
    () => watching.events.includes('synced'),
    () => watching.log,
  )

  t.test('the first view is complete before it counts as synced', async (t) => {
    t.strictSame(watching.events.toSorted(), ['+node node1', '+service default/web', '+slice default/web-1', 'synced'])
    t.equal(watching.events.at(-1), 'synced')
    t.strictSame(watching.view.get('node node1'), {
      name: 'node1',
      addresses: ['10.0.0.1'],
      podCidrs: [{ address: '10.20.0.0', prefixLength: 24 }],
      zone: '',
      deleting: false,
      taintedForDeletion: false,
    })
    t.match(watching.view.get('service default/web'), {
      clusterIps: ['10.96.0.10'],
      ports: [{ protocol: 'tcp', port: 80, nodePort: 30080 }],
      scheduler: 'rr',
    })
    t.match(watching.view.get('slice default/web-1'), {
      service: 'default/web',
      endpoints: [{ address: '10.20.0.2' }, { address: '10.20.0.3' }],
    })
  })

  t.test('what is asked for is selected by the server, with bookmarks and for five to ten minutes', async (t) => {
    const { requests, watched } = await client.traffic()
    t.strictSame(watched.toSorted(), ['endpointslices', 'nodes', 'services'])
    t.strictSame(
      requests
        .map(({ verb, resource, query: { labelSelector, fieldSelector } }) => [verb, resource, labelSelector ?? fieldSelector])
        .toSorted(),
      [
        ['watch', 'endpointslices', OURS],
        ['watch', 'nodes', 'metadata.name=node1'],
        ['watch', 'services', OURS],
      ],
    )
    for (const { query, user, acceptEncoding } of requests) {
      t.equal(query.allowWatchBookmarks, 'true')
      t.ok(Number(query.timeoutSeconds) >= 300 && Number(query.timeoutSeconds) <= 600, `${query.timeoutSeconds} seconds`)
      t.equal(acceptEncoding, 'identity')
      t.equal(user, 'system:kube-router', 'the client certificate is ours')
    }
  })

  t.test('a patch of the scheduler is seen, and one that changes nothing for us is not', async (t) => {
    watching.events.splice(0)
    await client.patch(serviceNamed('web'), { metadata: { annotations: { note: 'for people' } } })
    await client.patch(serviceNamed('web'), { metadata: { annotations: { 'kube-router.io/service.scheduler': 'lc' } } })
    await until('the scheduler is lc', () => watching.events.length > 0)
    t.match(watching.view.get('service default/web'), { scheduler: 'lc' })
    t.strictSame(watching.events, ['+service default/web'])
  })

  t.test("a Service that gets another proxy's label is gone, and comes back without it", async (t) => {
    watching.events.splice(0)
    const label = (value: string | null) =>
      client.patch(serviceNamed('web'), { metadata: { labels: { 'service.kubernetes.io/service-proxy-name': value } } })
    await label('other')
    await until('the Service is gone', () => watching.events.length === 1)
    await label(null)
    await until('the Service is back', () => watching.events.length === 2)
    t.strictSame(watching.events, ['-service default/web', '+service default/web'])
  })

  t.test('a Service that says kube-router serves it is ours; one that becomes headless by label is gone until it is not', async (t) => {
    watching.events.splice(0)
    const label = (name: string, value: string | null) =>
      client.patch(serviceNamed('web'), { metadata: { labels: { [`service.kubernetes.io/${name}`]: value } } })
    await label('service-proxy-name', 'other')
    await until('the Service is gone', () => watching.events.length === 1)
    await label('service-proxy-name', 'kube-router')
    await until('the Service is back', () => watching.events.length === 2)
    await label('headless', '')
    await until('the Service is gone', () => watching.events.length === 3)
    await label('headless', null)
    await until('the Service is back', () => watching.events.length === 4)
    await label('service-proxy-name', null)
    t.strictSame(watching.events, ['-service default/web', '+service default/web', '-service default/web', '+service default/web'])
  })

  t.test('objects are followed from creation to deletion', async (t) => {
    watching.events.splice(0)
    await client.create(service('api'))
    await client.create(slice('api', ['10.20.0.9']))
    await client.update(slice('api', ['10.20.0.9', '10.20.0.10']))
    await client.remove({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: 'api-1' })
    await client.remove(serviceNamed('api'))
    await until(
      'all of it is seen',
      () => watching.events.length === 5,
      () => watching.events,
    )
    t.strictSame(
      watching.events.filter((event) => event.includes('service')),
      ['+service default/api', '-service default/api'],
    )
    t.strictSame(
      watching.events.filter((event) => event.includes('slice')),
      ['+slice default/api-1', '+slice default/api-1', '-slice default/api-1'],
    )
  })

  t.test('a change is seen within milliseconds', async (t) => {
    const delays: number[] = []
    for (let round = 0; round < 41; round++) {
      const scheduler = round % 2 === 0 ? 'sh' : 'dh'
      watching.events.splice(0)
      const begun = performance.now()
      const patched = client.patch(serviceNamed('web'), { metadata: { annotations: { 'kube-router.io/service.scheduler': scheduler } } })
      while (watching.events.length === 0) await new Promise((resolve) => setImmediate(resolve))
      delays.push(performance.now() - begun)
      await patched
    }
    const median = delays.toSorted((one, other) => one - other)[20] ?? Number.POSITIVE_INFINITY
    t.comment(`from sending the patch to the event: ${median.toFixed(1)} ms (median of 41)`)
    t.ok(median < 50, `${median} ms`)
  })

  t.test('a node that does not exist is a result, and is seen when it appears', async (t) => {
    const other = startWatching(t, { kubeconfig, node: 'node9' })
    await until('everything is listed', () => other.events.includes('synced'))
    t.notOk(other.events.some((event) => event.includes('node')))
    await client.create(node('node9', '10.0.0.9'))
    await until('the node is seen', () => other.view.has('node node9'))
    t.match(other.view.get('node node9'), { addresses: ['10.0.0.9'] })
  })

  t.test('stopping closes every connection', async (t) => {
    await watching.stop()
    await until('nothing is watched', async () => (await client.traffic()).watched.length === 0)
    watching.events.splice(0)
    await client.create(service('late'))
    t.strictSame(watching.events, [])
  })
})
