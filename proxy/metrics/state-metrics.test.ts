/** Metrics of the moment: what waits, what fails, what is left out. */
import t from 'tap'
import { createMetrics } from './metrics.ts'

const make = () => createMetrics({ version: '1.2.3', runtime: 'node26.10.0', now: () => 0, ofProcess: false })

/** The samples of a rendering, without comments. */
const samples = async (metrics: ReturnType<typeof make>, prefix: string): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith(prefix))

t.test("what came in and what waits is told in kube-proxy's names", async (t) => {
  const metrics = make()
  metrics.changesHeard({ services: 2, endpoints: 5, at: 1_700_000_000_500 })
  metrics.setWaiting({ services: 1, endpoints: 3, noLocalEndpoints: { internal: 4, external: 6 } })
  t.strictSame(
    (await samples(metrics, 'kubeproxy_sync_proxy_rules_')).filter(
      (line) => !line.includes('duration') && !line.includes('last_timestamp'),
    ),
    [
      'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds 1700000000.5',
      'kubeproxy_sync_proxy_rules_service_changes_total 2',
      'kubeproxy_sync_proxy_rules_endpoint_changes_total 5',
      'kubeproxy_sync_proxy_rules_service_changes_pending 1',
      'kubeproxy_sync_proxy_rules_endpoint_changes_pending 3',
      'kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="internal"} 4',
      'kubeproxy_sync_proxy_rules_no_local_endpoints_total{traffic_policy="external"} 6',
    ],
  )
})

t.test('notices, Events, failing Services, health check servers and the cost of traffic metrics are there', async (t) => {
  const metrics = make()
  metrics.countNotice('AddressInUse')
  metrics.countEvent('sent')
  metrics.setFailing(2)
  metrics.setHealthCheckServers({ open: 3, failed: 1 })
  metrics.observeTraffic({ virtualServers: 9, leftOut: 4, seconds: 0.2 })
  metrics.countTrafficFailure()
  const text = await metrics.render()
  for (const line of [
    'selvedge_notices_total{reason="AddressInUse"} 1',
    'selvedge_events_total{result="sent"} 1',
    'selvedge_failing_services 2',
    'selvedge_health_check_servers{state="open"} 3',
    'selvedge_health_check_servers{state="failed"} 1',
    'kube_router_controller_ipvs_services 9',
    'selvedge_traffic_left_out 4',
    'selvedge_traffic_failures_total 1',
    'kube_router_controller_ipvs_metrics_export_time_sum 0.2',
  ])
    t.match(text, `\n${line}\n`)
})
