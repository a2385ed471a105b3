import t from 'tap'
import type { IpAddress } from '#net/address.ts'
import { ListenError, type ListenSettings, listen, type Route } from '../http/listen.ts'
import type { Log } from '../log.ts'
import { createCluster } from '../services/cluster.ts'
import { endpoint, node, service, slice } from '../services/testing/builders.ts'
import { createFakeScheduler } from '../services/testing/fake-scheduler.ts'
import type { ClusterEvent, Service } from '../services/types.ts'
import { createHealthChecks, type HealthCheckParts } from './health-checks.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))
const silent: Log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {}, trace: () => {} }
const checked = (key: string, port: number, tweaks: Partial<Service> = {}) => service(key, { healthCheckNodePort: port, ...tweaks })
const put = (value: Service): ClusterEvent => ({ kind: 'service', key: value.key, value })
const remove = (key: string): ClusterEvent => ({ kind: 'service', key, value: undefined })

/** Listening is simulated unless a test brings its own; `refuse` says which `address port` is refused, with which code. */
const scene = (tweaks: Partial<HealthCheckParts> = {}) => {
  const open = new Map<string, ListenSettings['routes']>()
  const refusals = new Map<string, string>()
  const told: string[] = []
  let addresses: readonly IpAddress[] = ['192.0.2.1']
  const cluster = createCluster()
  const time = createFakeScheduler()
  const checks = createHealthChecks({
    cluster,
    addresses: () => addresses,
    healthy: () => true,
    scheduler: time,
    log: silent,
    noticed: ({ key }, { reason, message }) => told.push(`${key} ${reason}: ${message}`),
    listen: async ({ address, port, routes }) => {
      const name = `${address} ${port}`
      const code = refusals.get(name)
      if (code !== undefined) throw new ListenError(`cannot listen on ${name}: ${code}`, code)
      open.set(name, routes)
      return { port, close: async () => void open.delete(name) }
    },
    ...tweaks,
  })
  const send = async (...events: ClusterEvent[]): Promise<string[]> => {
    for (const event of events) cluster.apply(event)
    checks.handle(events)
    await settled()
    return [...open.keys()].sort()
  }
  const moveTo = (next: readonly IpAddress[]): void => {
    addresses = next
  }
  const later = async (milliseconds: number): Promise<string[]> => {
    time.advance(milliseconds)
    await settled()
    return [...open.keys()].sort()
  }
  return { checks, send, later, moveTo, refusals, told, open }
}

t.test('servers come and go with the Services that ask for them, and follow a port that changes', async (t) => {
  const { send } = scene()
  t.same(await send(put(service('a/plain')), put(checked('a/one', 30_100)), put(checked('a/two', 30_200))), [
    '192.0.2.1 30100',
    '192.0.2.1 30200',
  ])
  t.same(await send(put(checked('a/one', 30_101))), ['192.0.2.1 30101', '192.0.2.1 30200'])
  t.same(await send(put(service('a/two')), remove('a/plain')), ['192.0.2.1 30101'])
  t.same(await send(remove('a/one')), [])
})

t.test('they listen on the NodePort addresses of the families that the Service has, and follow them', async (t) => {
  const { send, moveTo } = scene()
  moveTo(['192.0.2.1', 'fd00::1'])
  const dual = checked('a/dual', 30_100, { clusterIps: ['10.96.0.10', 'fd96::10'] })
  t.same(await send(put(dual), put(checked('a/four', 30_200))), ['192.0.2.1 30100', '192.0.2.1 30200', 'fd00::1 30100'])
  moveTo(['192.0.2.9'])
  t.same(await send({ kind: 'node', key: 'node-a', value: node() }), ['192.0.2.9 30100', '192.0.2.9 30200'])
})

t.test('the addresses are read once for all Services of a batch, and not for those that are not checked', async (t) => {
  let reads = 0
  const { send, checks } = scene({ addresses: () => [`192.0.2.${++reads}`] })
  await send(put(service('a/plain')), { kind: 'node', key: 'node-a', value: node() })
  t.equal(reads, 0)
  t.same(await send(put(checked('a/one', 30_100)), put(checked('a/two', 30_200))), ['192.0.2.1 30100', '192.0.2.1 30200'])
  checks.refresh()
  t.equal(reads, 2)
})

t.test('a port that somebody else has is told once, tried again, and stops no other', async (t) => {
  const { send, later, refusals, told, checks } = scene()
  refusals.set('192.0.2.1 30100', 'EADDRINUSE')
  t.same(await send(put(checked('a/taken', 30_100)), put(checked('a/free', 30_200))), ['192.0.2.1 30200'])
  t.same(await later(20_000), ['192.0.2.1 30200'])
  t.same(told, [
    'a/taken HealthCheckNodePortUnavailable: healthCheckNodePort 30100: cannot listen on 192.0.2.1 30100: EADDRINUSE; load balancers take this node for one without endpoints until it is free',
  ])
  t.strictSame(checks.counts(), { opening: 0, open: 1, absent: 0, failed: 1 })
  refusals.clear()
  t.same(await later(30_000), ['192.0.2.1 30100', '192.0.2.1 30200'])
})

t.test('an address that this machine does not have is no news, and is tried again', async (t) => {
  const { send, later, refusals, told, checks } = scene()
  refusals.set('192.0.2.1 30100', 'EADDRNOTAVAIL')
  t.same(await send(put(checked('a/one', 30_100))), [])
  t.same(told, [])
  t.equal(checks.counts().absent, 1)
  refusals.clear()
  t.same(await later(1_000), ['192.0.2.1 30100'])
})

t.test('what is closed while it opens or waits to be tried again does not stay', async (t) => {
  const { send, later, refusals, checks } = scene()
  const now = send(put(checked('a/one', 30_100)), remove('a/one'))
  t.same(await now, [])
  refusals.set('192.0.2.1 30200', 'EADDRINUSE')
  await send(put(checked('a/two', 30_200)))
  await checks.close()
  refusals.clear()
  t.same(await later(60_000), [])
})

t.test('the answer is made when it is asked for, of the endpoints of that time', async (t) => {
  const { send, open } = scene()
  const here = endpoint('10.20.0.2', { nodeName: 'node-a' })
  await send({ kind: 'node', key: 'node-a', value: node() }, put(checked('a/one', 30_100)))
  const answer = async () => (await (open.get('192.0.2.1 30100') as Route)({ accept: '' })).body
  const body = (endpoints: number) => `{"service":{"namespace":"a","name":"one"},"localEndpoints":${endpoints},"serviceProxyHealthy":true}`
  t.equal(await answer(), body(0))
  await send({ kind: 'slice', key: 'a/one-1', value: slice('a/one', [here, endpoint('10.20.1.2')]) })
  t.equal(await answer(), body(1))
  await send({ kind: 'slice', key: 'a/one-1', value: undefined })
  t.equal(await answer(), body(0))
})

t.test('over real sockets: status, headers, any path, both families', async (t) => {
  const free = await listen({ address: '127.0.0.1', port: 0, routes: {} })
  await free.close()
  const { send, moveTo, checks } = scene({ listen })
  t.teardown(() => checks.close())
  moveTo(['127.0.0.1', '::1'])
  const both = checked('a/one', free.port, { clusterIps: ['10.96.0.10', 'fd96::10'] })
  const here = endpoint('10.20.0.2', { nodeName: 'node-a' })
  await send({ kind: 'node', key: 'node-a', value: node() }, put(both), { kind: 'slice', key: 'a/one-1', value: slice('a/one', [here]) })
  for (let waited = 0; checks.counts().open < 2 && waited < 2_000; waited += 10) await new Promise((resolve) => setTimeout(resolve, 10))
  const of = async (host: string, path: string) => {
    const response = await fetch(`http://${host}:${free.port}${path}`)
    const { localEndpoints } = (await response.json()) as { localEndpoints: number }
    return [response.status, response.headers.get('x-load-balancing-endpoint-weight'), localEndpoints]
  }
  t.same(await of('127.0.0.1', '/healthz'), [200, '1', 1])
  t.same(await of('127.0.0.1', '/'), [200, '1', 1])
  t.same(await of('[::1]', '/anything'), [503, '0', 0], 'there are no IPv6 endpoints')
  await checks.close()
  await t.rejects(fetch(`http://127.0.0.1:${free.port}/`))
})
