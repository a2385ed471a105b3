/** How well the API server is heard. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

/** @param now milliseconds since the epoch, asked at every scrape */
export const watchMetrics = (registry: Registry, now: () => number): Pick<Metrics, 'countWatchRestart' | 'countRelist' | 'watchHeard'> => {
  const registers = [registry]
  const restarts = new Counter({
    registers,
    name: 'selvedge_watch_restarts_total',
    help: 'Watches that ended and were started again.',
    labelNames: ['resource', 'reason'],
  })
  const relists = new Counter({
    registers,
    name: 'selvedge_watch_relists_total',
    help: 'Resources listed again from the start.',
    labelNames: ['resource'],
  })
  const heardAt = new Map<string, number>()
  new Gauge({
    registers,
    name: 'selvedge_watch_last_event_age_seconds',
    help: 'Time since the API server last said something about a resource.',
    labelNames: ['resource'],
    collect() {
      for (const [resource, at] of heardAt) this.set({ resource }, (now() - at) / 1000)
    },
  })
  return {
    countWatchRestart: ({ resource, reason }) => restarts.inc({ resource, reason }),
    countRelist: (resource) => relists.inc({ resource }),
    watchHeard: (resource, at) => void heardAt.set(resource, at),
  }
}
