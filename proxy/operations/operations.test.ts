/** The parts together, over real sockets of this machine's loopback; kernel, cluster and time are given. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { listen } from '../http/listen.ts'
import type { Log } from '../log.ts'
import { createMetrics } from '../metrics/metrics.ts'
import { createCluster } from '../services/cluster.ts'
import type { Status } from '../services/contract.ts'
import { createLedger } from '../services/ledger.ts'
import { endpoint, node, service, slice } from '../services/testing/builders.ts'
import { parseSnapshot } from '../status/snapshot.ts'
import { askStatus } from '../status/socket.ts'
import { createOperations } from './operations.ts'

const silent: Log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {}, trace: () => {} }
const LOOPBACK = '127.0.0.1'

/** A port that was free a moment ago. */
const freePort = async (): Promise<number> => {
  const listener = await listen({ address: LOOPBACK, port: 0, routes: {} })
  await listener.close()
  return listener.port
}

t.test('probes, metrics, health checks and status tell of one and the same proxy', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'operations-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [metricsPort, healthPort, checkPort] = [await freePort(), await freePort(), await freePort()]
  const [cluster, ledger] = [createCluster(), createLedger()]
  let status: Status = { ready: true, pendingSince: undefined, failures: new Map(), auditFailure: undefined, items: 1 }
  const operations = createOperations({
    options: {
      metrics: { address: LOOPBACK, port: metricsPort, path: '/metrics', trafficLimit: 10 },
      health: { address: LOOPBACK, port: healthPort },
      auditMilliseconds: 60_000,
    },
    cluster,
    ledger,
    status: () => status,
    watch: () => ({ status: () => [], synced: true }),
    readTraffic: () => [{ server: 'tcp 10.96.0.10:80', counters: Float64Array.of(5) }],
    nodePortAddresses: () => [LOOPBACK],
    noticed: () => {},
    metrics: createMetrics({ version: '1.2.3', runtime: 'node', now: Date.now, ofProcess: false }),
    log: silent,
    scheduler: {
      now: () => performance.now(),
      date: Date.now,
      defer: setImmediate,
      after: (milliseconds, action) => {
        const timer = setTimeout(action, milliseconds)
        return () => clearTimeout(timer)
      },
    },
    identity: { version: '1.2.3', node: 'node-a', pid: 7, startedAt: 0 },
    statusSocket: join(folder, 'status'),
  })
  t.teardown(() => operations.close())
  const web = service('shop/web', { healthCheckNodePort: checkPort })
  const events = [
    { kind: 'node', key: 'node-a', value: node() },
    { kind: 'service', key: web.key, value: web },
    { kind: 'slice', key: 'shop/web-1', value: slice('shop/web', [endpoint('10.20.0.2', { nodeName: 'node-a' })]) },
  ] as const
  for (const event of events) cluster.apply(event)
  operations.handle(events)
  const settings = { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }
  ledger.put({ kind: 'server', server: { protocol: 'tcp', address: '10.96.0.10', port: 80, ...settings } }, ['shop/web'])
  await operations.start()

  const page = async (port: number, path: string): Promise<string> => (await fetch(`http://${LOOPBACK}:${port}${path}`)).text()
  t.equal(await page(healthPort, '/healthz'), 'OK\n')
  t.match(await page(checkPort, '/'), '"localEndpoints":1,"serviceProxyHealthy":true')
  const metrics = await page(metricsPort, '/metrics')
  const labels = 'svc_namespace="shop",service_name="web",service_vip="10.96.0.10",protocol="tcp",port="80"'
  for (const line of [
    `kube_router_service_total_connections{${labels}} 5`,
    'kubeproxy_proxy_healthz_total{code="200"} 1',
    'kubeproxy_sync_proxy_rules_service_changes_pending 1',
    'kube_router_controller_ipvs_services 1',
    'selvedge_health_check_servers{state="open"} 1',
    'selvedge_services 1',
  ])
    t.match(metrics, `\n${line}\n`)

  status = { ...status, ready: false, failures: new Map([['shop/web', new Error('no memory')]]) }
  t.match(await page(checkPort, '/'), '"serviceProxyHealthy":false', 'before the first pass nothing leads to the endpoints')
  const { proxy, holdings } = parseSnapshot((await askStatus(join(folder, 'status'))) ?? '')
  t.match(proxy, { version: '1.2.3', pid: 7, ready: false, waiting: 1, failures: [{ service: 'shop/web', reason: 'no memory' }] })
  t.same(
    holdings.map(({ owners }) => owners),
    [['shop/web']],
  )
})
