/** prom-client's metrics of this process and its runtime, `process_*` and `nodejs_*`, without those that cost something while nobody asks. */
import { collectDefaultMetrics, type Registry } from 'prom-client'

/** Its sampler of the event loop's delay would wake an idle process at each of these milliseconds; by default a hundred times a second. */
const NEVER = 2 ** 31 - 1

/** What that sampler would tell. `nodejs_eventloop_lag_seconds`, taken whenever metrics are read, stays. */
const SAMPLED = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map((of) => `nodejs_eventloop_lag_${of}_seconds`)

export const processMetrics = (registry: Registry): void => {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER })
  for (const name of SAMPLED) registry.removeSingleMetric(name)
}
