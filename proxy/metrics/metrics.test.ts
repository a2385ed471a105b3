import t from 'tap'
import { createMetrics } from './metrics.ts'

const make = (now = () => 0) => createMetrics({ version: '1.2.3', runtime: 'node26.10.0', now, ofProcess: false })

/** The samples of a rendering, without comments. */
const samples = async (metrics: ReturnType<typeof make>, prefix: string): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith(prefix))

t.test('before anything happens the plain counters are there, at zero', async (t) => {
  const text = await make().render()
  t.strictSame(
    text.split('\n').filter((line) => line.startsWith('# TYPE')),
    [
      '# TYPE kube_router_build_info gauge',
      '# TYPE kube_router_controller_ipvs_services_sync_time histogram',
      '# TYPE kubeproxy_sync_proxy_rules_duration_seconds histogram',
      '# TYPE kubeproxy_sync_partial_proxy_rules_duration_seconds histogram',
      '# TYPE kubeproxy_sync_full_proxy_rules_duration_seconds histogram',
      '# TYPE kubeproxy_sync_proxy_rules_last_timestamp_seconds gauge',
      '# TYPE kubeproxy_network_programming_duration_seconds histogram',
      '# TYPE selvedge_services gauge',
      '# TYPE selvedge_endpoints gauge',
      '# TYPE selvedge_operations_total counter',
      '# TYPE selvedge_drift_repairs_total counter',
      '# TYPE selvedge_draining_destinations gauge',
      '# TYPE selvedge_watch_restarts_total counter',
      '# TYPE selvedge_watch_relists_total counter',
      '# TYPE selvedge_watch_last_event_age_seconds gauge',
      '# TYPE kubeproxy_proxy_healthz_total counter',
      '# TYPE kubeproxy_proxy_livez_total counter',
      '# TYPE selvedge_proxy_readyz_total counter',
      '# TYPE kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds gauge',
      '# TYPE kubeproxy_sync_proxy_rules_service_changes_total counter',
      '# TYPE kubeproxy_sync_proxy_rules_endpoint_changes_total counter',
      '# TYPE kubeproxy_sync_proxy_rules_service_changes_pending gauge',
      '# TYPE kubeproxy_sync_proxy_rules_endpoint_changes_pending gauge',
      '# TYPE kubeproxy_sync_proxy_rules_no_local_endpoints_total gauge',
      '# TYPE selvedge_notices_total counter',
      '# TYPE selvedge_events_total counter',
      '# TYPE selvedge_failing_services gauge',
      '# TYPE selvedge_health_check_servers gauge',
      '# TYPE kube_router_controller_ipvs_metrics_export_time histogram',
      '# TYPE kube_router_controller_ipvs_services gauge',
      '# TYPE selvedge_traffic_left_out gauge',
      '# TYPE selvedge_traffic_failures_total counter',
      '# TYPE kubeproxy_conntrack_reconciler_sync_duration_seconds histogram',
      '# TYPE kubeproxy_conntrack_reconciler_deleted_entries_total counter',
    ],
  )
  t.match(text, '\nselvedge_drift_repairs_total 0\n')
})

t.test("the version stands in kube-router's labels", async (t) => {
  t.strictSame(await samples(make(), 'kube_router_build_info'), ['kube_router_build_info{goversion="node26.10.0",version="1.2.3"} 1'])
})

t.test('a round is a partial pass in kube-proxy’s words, an audit a full one', async (t) => {
  const metrics = make()
  metrics.observeSync({ seconds: 0.003, finishedAt: 1_700_000_000_500 })
  metrics.observeAudit(0.25)
  const [partial, full] = ['kubeproxy_sync_partial_proxy_rules_duration_seconds', 'kubeproxy_sync_full_proxy_rules_duration_seconds']
  t.strictSame(await samples(metrics, `${partial}_sum`), [`${partial}_sum 0.003`])
  t.strictSame(await samples(metrics, `${full}_sum`), [`${full}_sum 0.25`])
  t.strictSame(await samples(metrics, `${full}_count`), [`${full}_count 1`])
})

t.test('a pass of the loop is seen under both names, with its end', async (t) => {
  const metrics = make()
  metrics.observeSync({ seconds: 0.003, finishedAt: 1_700_000_000_500 })
  t.strictSame(await samples(metrics, 'kube_router_controller_ipvs_services_sync_time_'), [
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.005"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.01"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.025"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.05"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.1"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.25"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="0.5"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="1"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="2.5"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="5"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="10"} 1',
    'kube_router_controller_ipvs_services_sync_time_bucket{le="+Inf"} 1',
    'kube_router_controller_ipvs_services_sync_time_sum 0.003',
    'kube_router_controller_ipvs_services_sync_time_count 1',
  ])
  t.strictSame((await samples(metrics, 'kubeproxy_sync_proxy_rules_duration_seconds_bucket')).slice(0, 4), [
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.001"} 0',
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.002"} 0',
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.004"} 1',
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.008"} 1',
  ])
  t.equal(
    (await samples(metrics, 'kubeproxy_sync_proxy_rules_duration_seconds_bucket')).at(-2),
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="16.384"} 1',
  )
  t.strictSame(await samples(metrics, 'kubeproxy_sync_proxy_rules_last_timestamp_seconds'), [
    'kubeproxy_sync_proxy_rules_last_timestamp_seconds 1700000000.5',
  ])
})

t.test("programming latency falls into kube-proxy's buckets", async (t) => {
  const metrics = make()
  metrics.observeProgramming(0.3)
  const lines = await samples(metrics, 'kubeproxy_network_programming_duration_seconds_bucket')
  const bounds = lines.map((line) => /le="([^"]+)"/.exec(line)?.[1])
  t.equal(lines.length, 81)
  t.strictSame(bounds.slice(0, 4), ['0.25', '0.5', '1', '2'])
  t.strictSame(bounds.slice(59, 64), ['58', '59', '60', '65', '70'])
  t.strictSame(bounds.slice(72), ['115', '120', '150', '180', '210', '240', '270', '300', '+Inf'])
  t.strictSame(lines.slice(0, 2), [
    'kubeproxy_network_programming_duration_seconds_bucket{le="0.25"} 0',
    'kubeproxy_network_programming_duration_seconds_bucket{le="0.5"} 1',
  ])
})

t.test('totals, operations and repairs are counted', async (t) => {
  const metrics = make()
  metrics.setTotals({ services: 5, endpoints: 12 })
  metrics.countOperations({ kind: 'addDestination', result: 'ok' })
  metrics.countOperations({ kind: 'addDestination', result: 'ok', count: 4 })
  metrics.countOperations({ kind: 'route', result: 'failed' })
  metrics.countDriftRepairs(3)
  metrics.setDraining(2)
  t.strictSame(
    (await samples(metrics, 'selvedge_')).filter((line) => /^selvedge_(services|endpoints|operations|drift|draining)/.test(line)),
    [
      'selvedge_services 5',
      'selvedge_endpoints 12',
      'selvedge_operations_total{kind="addDestination",result="ok"} 5',
      'selvedge_operations_total{kind="route",result="failed"} 1',
      'selvedge_drift_repairs_total 3',
      'selvedge_draining_destinations 2',
    ],
  )
})

t.test('watches are counted by resource, and the age of what was heard last grows with the clock', async (t) => {
  let clock = 10_000
  const metrics = make(() => clock)
  metrics.countWatchRestart({ resource: 'services', reason: 'closed' })
  metrics.countWatchRestart({ resource: 'services', reason: 'closed' })
  metrics.countRelist('nodes')
  metrics.watchHeard('services', 9_000)
  const first = await samples(metrics, 'selvedge_watch')
  clock = 20_000
  const second = await samples(metrics, 'selvedge_watch_last')
  t.strictSame(first, [
    'selvedge_watch_restarts_total{resource="services",reason="closed"} 2',
    'selvedge_watch_relists_total{resource="nodes"} 1',
    'selvedge_watch_last_event_age_seconds{resource="services"} 1',
  ])
  t.strictSame(second, ['selvedge_watch_last_event_age_seconds{resource="services"} 11'])
})

t.test('answers to probes are counted by path and status', async (t) => {
  const metrics = make()
  metrics.countProbe('healthz', 200)
  metrics.countProbe('healthz', 200)
  metrics.countProbe('livez', 503)
  t.strictSame(await samples(metrics, 'kubeproxy_proxy_'), [
    'kubeproxy_proxy_healthz_total{code="200"} 2',
    'kubeproxy_proxy_livez_total{code="503"} 1',
  ])
})

t.test('two sets of metrics do not know each other', async (t) => {
  const [one, other] = [make(), make()]
  one.countDriftRepairs(1)
  t.strictSame(await samples(other, 'selvedge_drift'), ['selvedge_drift_repairs_total 0'])
})

t.test('the process shows its memory and event loop when asked to', async (t) => {
  const metrics = createMetrics({ version: '1', runtime: 'node', now: () => 0, ofProcess: true })
  t.equal((await samples(metrics, 'process_resident_memory_bytes ')).length, 1)
  t.equal((await samples(metrics, 'nodejs_eventloop_lag_seconds ')).length, 1)
  t.strictSame(await samples(metrics, 'nodejs_eventloop_lag_p99_seconds '), [], 'whose sampler would wake it a hundred times a second')
})
