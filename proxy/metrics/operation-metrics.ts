/** What is sent to the kernel, and what others undo there. */
import { Counter, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export const operationMetrics = (registry: Registry): Pick<Metrics, 'countOperations' | 'countDriftRepairs'> => {
  const registers = [registry]
  const operations = new Counter({
    registers,
    name: 'selvedge_operations_total',
    help: 'Changes sent to the kernel, by what it answered.',
    labelNames: ['kind', 'result'],
  })
  const repairs = new Counter({
    registers,
    name: 'selvedge_drift_repairs_total',
    help: 'Repairs of what others had changed in the kernel.',
  })
  return {
    countOperations: ({ kind, result, count = 1 }) => operations.inc({ kind, result }, count),
    countDriftRepairs: (count) => repairs.inc(count),
  }
}
