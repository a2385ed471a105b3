/**
 * What the proxy counts, as plain methods: nothing else in the proxy knows Prometheus. Names and labels that kube-router and kube-proxy
 * have are theirs, so that their dashboards work; the rest begins with `selvedge_`.
 */
import { Gauge, Registry } from 'prom-client'
import { changeMetrics } from './change-metrics.ts'
import { flowMetrics } from './flow-metrics.ts'
import { loopMetrics } from './loop-metrics.ts'
import { noticeMetrics } from './notice-metrics.ts'
import { operationMetrics } from './operation-metrics.ts'
import { probeMetrics } from './probe-metrics.ts'
import { processMetrics } from './process-metrics.ts'
import { trafficMetrics } from './traffic-metrics.ts'
import { watchMetrics } from './watch-metrics.ts'

export type OperationResult = 'ok' | 'failed'

export interface Metrics {
  /** One pass of the loop is over; `finishedAt` in milliseconds since the epoch. */
  observeSync(pass: { readonly seconds: number; readonly finishedAt: number }): void
  /** The kernel was read and compared with what it is to hold. */
  observeAudit(seconds: number): void
  /** A change of endpoints is in the kernel, `seconds` after it happened at its source. */
  observeProgramming(seconds: number): void
  /** What is known of the cluster now. */
  setTotals(totals: { readonly services: number; readonly endpoints: number }): void
  /** The API server told of so many Services and slices, at `at` milliseconds since the epoch. */
  changesHeard(changes: { readonly services: number; readonly endpoints: number; readonly at: number }): void
  /** Services that are not looked at yet, by what changed; and those that a Local policy leaves without endpoints here. */
  setWaiting(state: {
    readonly services: number
    readonly endpoints: number
    readonly noLocalEndpoints: { readonly internal: number; readonly external: number }
  }): void
  /** `count` operations of one kind (`addDestination`, `route`, `nft` …) were answered by the kernel. */
  countOperations(operations: { readonly kind: string; readonly result: OperationResult; readonly count?: number }): void
  /** So many destinations have weight 0 and are left to finish their connections. */
  setDraining(destinations: number): void
  /** An audit found and repaired `count` things that others had changed. */
  countDriftRepairs(count: number): void
  /** A watch of `resource` ended and was started again, because of `reason` (`closed`, `timeout`, `error` …). */
  countWatchRestart(watch: { readonly resource: string; readonly reason: string }): void
  /** A resource was listed again from the start. */
  countRelist(resource: string): void
  /** The API server said something about `resource` (an event or a bookmark), at `at` milliseconds since the epoch. */
  watchHeard(resource: string, at: number): void
  /** A Service asked for something that it does not get. */
  countNotice(reason: string): void
  /** What became of an Event. */
  countEvent(result: string): void
  /** So many Services could not be carried out. */
  setFailing(services: number): void
  /** Servers of healthCheckNodePorts, by state. */
  setHealthCheckServers(states: Readonly<Record<string, number>>): void
  /** The traffic of all Services was written out: virtual servers of this host, those of Services that the limit left out, and the time it took. */
  observeTraffic(facts: { readonly virtualServers: number; readonly leftOut: number; readonly seconds: number }): void
  /** The traffic could not be read. */
  countTrafficFailure(): void
  /** Stale UDP flows of one family were looked for, and so many forgotten. */
  observeFlows(facts: { readonly seconds: number; readonly deleted: number }): void
  /** A probe of a path was answered with an HTTP status. */
  countProbe(path: 'healthz' | 'livez' | 'readyz', status: number): void
  /** All of it in Prometheus' text format. */
  render(): Promise<string>
  readonly contentType: string
}

export interface MetricsSettings {
  readonly version: string
  /** Such as `node26.10.0`; kube-router's label for it is `goversion`. */
  readonly runtime: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Also CPU, memory, descriptors and event loop of this process. */
  readonly ofProcess: boolean
}

/** Empty counters and their registry; nothing global. */
export const createMetrics = ({ version, runtime, now, ofProcess }: MetricsSettings): Metrics => {
  const registry = new Registry()
  if (ofProcess) processMetrics(registry)
  const buildInfo = {
    registers: [registry],
    name: 'kube_router_build_info',
    help: 'The version that runs.',
    labelNames: ['goversion', 'version'],
  }
  new Gauge(buildInfo).set({ goversion: runtime, version }, 1)
  return {
    ...loopMetrics(registry),
    ...operationMetrics(registry),
    ...watchMetrics(registry, now),
    ...probeMetrics(registry),
    ...changeMetrics(registry),
    ...noticeMetrics(registry),
    ...trafficMetrics(registry),
    ...flowMetrics(registry),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
