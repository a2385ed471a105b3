/** What of the API server's news still waits to be looked at, as kube-proxy counts it: by Service, apart for objects and endpoints. */
import type { Metrics } from '../metrics/metrics.ts'
import type { Cluster } from '../services/cluster.ts'
import type { Ledger } from '../services/ledger.ts'
import type { ClusterEvent, ServiceKey } from '../services/types.ts'

export interface ChangeParts {
  readonly cluster: Pick<Cluster, 'dirtyCount'>
  readonly ledger: Pick<Ledger, 'entries'>
  readonly metrics: Pick<Metrics, 'changesHeard' | 'setWaiting'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export interface Changes {
  /** Takes in what a watcher broadcast, after the cluster did. */
  handle(events: readonly ClusterEvent[]): void
  /** Writes the metrics of this moment. */
  record(): void
}

export const createChanges = ({ cluster, ledger, metrics, now }: ChangeParts): Changes => {
  const waiting = { services: new Set<ServiceKey>(), endpoints: new Set<ServiceKey>() }
  const handle = (events: readonly ClusterEvent[]): void => {
    const counts = { services: 0, endpoints: 0 }
    for (const event of events) {
      if (event.kind === 'node') continue
      const kind = event.kind === 'service' ? 'services' : 'endpoints'
      counts[kind] += 1
      waiting[kind].add(event.kind === 'slice' ? (event.value?.service ?? event.key) : event.key)
    }
    if (counts.services + counts.endpoints > 0) metrics.changesHeard({ ...counts, at: now() })
    // The next turn of the loop takes them all, as a rule: they are forgotten when nothing waits any more.
    forgetDone()
  }
  const forgetDone = (): void => {
    if (cluster.dirtyCount > 0) return
    waiting.services.clear()
    waiting.endpoints.clear()
  }
  const record = (): void => {
    forgetDone()
    // Of what came in since nothing waited last, no more can be waiting than Services are marked.
    const most = cluster.dirtyCount
    metrics.setWaiting({
      services: Math.min(waiting.services.size, most),
      endpoints: Math.min(waiting.endpoints.size, most),
      noLocalEndpoints: withoutLocalEndpoints(ledger),
    })
  }
  return { handle, record }
}

/** Services that are dropped, for everybody or for clients outside, because their endpoints are all elsewhere. */
const withoutLocalEndpoints = (ledger: Pick<Ledger, 'entries'>): { internal: number; external: number } => {
  const internal = new Set<ServiceKey>()
  const external = new Set<ServiceKey>()
  for (const { item, owners } of ledger.entries()) {
    if (item.kind !== 'element') continue
    const found = item.set.startsWith('drop') ? internal : item.set.startsWith('outsidedrop') ? external : undefined
    for (const owner of owners) found?.add(owner)
  }
  return { internal: internal.size, external: external.size }
}
