/** How long the loop takes, and how much it looks after. */
import { Gauge, Histogram, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export const loopMetrics = (registry: Registry): Pick<Metrics, 'observeSync' | 'observeAudit' | 'observeProgramming' | 'setTotals'> => {
  const registers = [registry]
  const syncTime = new Histogram({
    registers,
    name: 'kube_router_controller_ipvs_services_sync_time',
    help: 'Duration of one pass of the loop, in seconds.',
  })
  const duration = (words: string, help: string): Histogram =>
    new Histogram({ registers, name: `kubeproxy_sync_${words}_duration_seconds`, help, buckets: SYNC_BUCKETS })
  const syncDuration = duration('proxy_rules', 'Duration of one pass of the loop.')
  const partialDuration = duration('partial_proxy_rules', 'Duration of one pass of the loop, over the Services that changed.')
  const fullDuration = duration('full_proxy_rules', 'Duration of an audit: all that the kernel holds is read and compared.')
  const lastSync = new Gauge({
    registers,
    name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
    help: 'When the last pass of the loop ended.',
  })
  const programming = new Histogram({
    registers,
    name: 'kubeproxy_network_programming_duration_seconds',
    help: 'From a change of endpoints at its source to its being in the kernel.',
    buckets: PROGRAMMING_BUCKETS,
  })
  return {
    observeSync: ({ seconds, finishedAt }) => {
      syncTime.observe(seconds)
      syncDuration.observe(seconds)
      partialDuration.observe(seconds)
      lastSync.set(finishedAt / 1000)
    },
    observeAudit: (seconds) => fullDuration.observe(seconds),
    observeProgramming: (seconds) => programming.observe(seconds),
    setTotals: totalsOf(registry),
  }
}

const totalsOf = (registry: Registry): Metrics['setTotals'] => {
  const registers = [registry]
  const services = new Gauge({ registers, name: 'selvedge_services', help: 'Services known.' })
  const endpoints = new Gauge({ registers, name: 'selvedge_endpoints', help: 'Endpoints known.' })
  return (totals) => {
    services.set(totals.services)
    endpoints.set(totals.endpoints)
  }
}

/** kube-proxy's: fifteen, from 1 ms, each twice the one before. */
const SYNC_BUCKETS = Array.from({ length: 15 }, (_, exponent) => 2 ** exponent / 1000)

const steps = ({ from, by, count }: { from: number; by: number; count: number }): number[] =>
  Array.from({ length: count }, (_, index) => from + index * by)

/** kube-proxy's: 0.25, 0.5, then 1 to 59 by 1, 60 to 115 by 5, 120 to 300 by 30. */
const PROGRAMMING_BUCKETS = [
  ...steps({ from: 0.25, by: 0.25, count: 2 }),
  ...steps({ from: 1, by: 1, count: 59 }),
  ...steps({ from: 60, by: 5, count: 12 }),
  ...steps({ from: 120, by: 30, count: 7 }),
]
