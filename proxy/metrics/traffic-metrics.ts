/** About the per-service traffic metrics, which are written elsewhere (proxy/traffic): how many there are, and what they cost. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export const trafficMetrics = (registry: Registry): Pick<Metrics, 'observeTraffic' | 'countTrafficFailure'> => {
  const registers = [registry]
  const exportTime = new Histogram({
    registers,
    name: 'kube_router_controller_ipvs_metrics_export_time',
    help: 'Time to read and write out the traffic of all Services, in seconds.',
  })
  const virtualServersGauge = new Gauge({ registers, name: 'kube_router_controller_ipvs_services', help: 'Virtual servers in the kernel.' })
  const leftOutGauge = new Gauge({
    registers,
    name: 'selvedge_traffic_left_out',
    help: 'Virtual servers of Services without traffic metrics, because there are more than --metrics-traffic-limit.',
  })
  const failures = new Counter({
    registers,
    name: 'selvedge_traffic_failures_total',
    help: 'Scrapes without traffic metrics, because the kernel could not be read.',
  })
  return {
    observeTraffic: ({ virtualServers, leftOut, seconds }) => {
      virtualServersGauge.set(virtualServers)
      leftOutGauge.set(leftOut)
      exportTime.observe(seconds)
    },
    countTrafficFailure: () => failures.inc(),
  }
}
