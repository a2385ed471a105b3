/** Stale flows of the connection table; kube-proxy's names. */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export const flowMetrics = (registry: Registry): Pick<Metrics, 'observeFlows'> => {
  const registers = [registry]
  const duration = new Histogram({
    registers,
    name: 'kubeproxy_conntrack_reconciler_sync_duration_seconds',
    help: 'Time to look for UDP flows to endpoints that are gone, and to forget them; one of each address family.',
  })
  const deleted = new Counter({
    registers,
    name: 'kubeproxy_conntrack_reconciler_deleted_entries_total',
    help: 'UDP flows that were forgotten.',
  })
  return {
    observeFlows: ({ seconds, deleted: count }) => {
      duration.observe(seconds)
      deleted.inc(count)
    },
  }
}
