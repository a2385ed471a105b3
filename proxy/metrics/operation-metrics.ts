/** What is sent to the kernel, and what others undo there. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export const operationMetrics = (registry: Registry): Pick<Metrics, 'countOperations' | 'countDriftRepairs' | 'setDraining'> => {
  const registers = [registry]
  /** Not written out yet, by kind: Prometheus' client makes a text of the labels each time, tens of thousands of times when a proxy starts. */
  const counted = { ok: new Map<string, number>(), failed: new Map<string, number>() }
  new Counter({
    registers,
    name: 'selvedge_operations_total',
    help: 'Changes sent to the kernel, by what it answered.',
    labelNames: ['kind', 'result'],
    collect() {
      for (const result of ['ok', 'failed'] as const) {
        for (const [kind, count] of counted[result]) this.inc({ kind, result }, count)
        counted[result].clear()
      }
    },
  })
  const repairs = new Counter({
    registers,
    name: 'selvedge_drift_repairs_total',
    help: 'Repairs of what others had changed in the kernel.',
  })
  const draining = new Gauge({
    registers,
    name: 'selvedge_draining_destinations',
    help: 'Removed destinations that finish their connections (weight 0).',
  })
  return {
    setDraining: (destinations) => draining.set(destinations),
    countOperations: ({ kind, result, count = 1 }) => void counted[result].set(kind, (counted[result].get(kind) ?? 0) + count),
    countDriftRepairs: (count) => repairs.inc(count),
  }
}
