/** What probes were told; names as in kube-proxy. */
import { Counter, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

export const probeMetrics = (registry: Registry): Pick<Metrics, 'countProbe'> => {
  const registers = [registry]
  const counter = (path: string): Counter<'code'> =>
    new Counter({
      registers,
      name: `${path === 'readyz' ? 'selvedge' : 'kubeproxy'}_proxy_${path}_total`,
      help: `Answers of /${path}, by status.`,
      labelNames: ['code'],
    })
  const counters = { healthz: counter('healthz'), livez: counter('livez'), readyz: counter('readyz') }
  return { countProbe: (path, status) => counters[path].inc({ code: status }) }
}
