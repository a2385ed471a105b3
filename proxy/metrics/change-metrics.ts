/** What the API server tells and what of it still waits; kube-proxy's names. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

const PREFIX = 'kubeproxy_sync_proxy_rules'

export const changeMetrics = (registry: Registry): Pick<Metrics, 'changesHeard' | 'setWaiting'> => {
  const registers = [registry]
  const queued = new Gauge({ registers, name: `${PREFIX}_last_queued_timestamp_seconds`, help: 'When a change last came in.' })
  const counter = (word: string, what: string): Counter =>
    new Counter({ registers, name: `${PREFIX}_${word}_changes_total`, help: `Changes of ${what} heard of.` })
  const gauge = (word: string, what: string): Gauge =>
    new Gauge({
      registers,
      name: `${PREFIX}_${word}_changes_pending`,
      help: `Services whose ${what} changed and that were not looked at since.`,
    })
  const totals = { services: counter('service', 'Services'), endpoints: counter('endpoint', 'EndpointSlices') }
  const pending = { services: gauge('service', 'object'), endpoints: gauge('endpoint', 'endpoints') }
  const noLocal = new Gauge({
    registers,
    name: `${PREFIX}_no_local_endpoints_total`,
    help: 'Services with a traffic policy Local, endpoints elsewhere and none on this node.',
    labelNames: ['traffic_policy'],
  })
  return {
    changesHeard: ({ services, endpoints, at }) => {
      totals.services.inc(services)
      totals.endpoints.inc(endpoints)
      queued.set(at / 1000)
    },
    setWaiting: ({ services, endpoints, noLocalEndpoints }) => {
      pending.services.set(services)
      pending.endpoints.set(endpoints)
      noLocal.set({ traffic_policy: 'internal' }, noLocalEndpoints.internal)
      noLocal.set({ traffic_policy: 'external' }, noLocalEndpoints.external)
    },
  }
}
