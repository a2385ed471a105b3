/**
 * kube-router's per-service metrics in Prometheus' text format, written directly: a registry of objects would need a second and a
 * hundred megabytes for so many.
 */
import type { ServerTraffic } from '#kernel/ipvs/traffic.ts'
import { itemKey } from '../services/item.ts'
import type { Ledger } from '../services/ledger.ts'
import type { ServiceKey } from '../services/types.ts'
import { labelsOf } from './labels.ts'

/** Names and meaning, in the order of the kernel's counters (kernel/ipvs/traffic.ts, COUNTERS). */
const METRICS: readonly (readonly [name: string, type: 'counter' | 'gauge', help: string])[] = [
  ['connections', 'counter', 'Connections to the Service, since its virtual server was made.'],
  ['packets_in', 'counter', 'Packets to the Service.'],
  ['packets_out', 'counter', 'Packets from the Service.'],
  ['bytes_in', 'counter', 'Bytes to the Service.'],
  ['bytes_out', 'counter', 'Bytes from the Service.'],
  ['cps', 'gauge', 'Connections per second, as the kernel estimates them.'],
  ['pps_in', 'gauge', 'Packets per second to the Service.'],
  ['pps_out', 'gauge', 'Packets per second from the Service.'],
  ['bps_in', 'gauge', 'Bytes per second to the Service.'],
  ['bps_out', 'gauge', 'Bytes per second from the Service.'],
]

/** What a scrape gets of one dump. */
export interface Traffic {
  /** The metrics' names, as kube-router has them. */
  readonly shown: readonly Sample[]
  /** Virtual servers of Services beyond the limit. */
  readonly leftOut: number
  /** All virtual servers of this host, strangers' too. */
  readonly virtualServers: number
}

interface Sample {
  readonly service: ServiceKey
  readonly labels: string
  readonly counters: ArrayLike<number>
}

/**
 * Picks what is shown: the virtual servers of Services that the proxy has known longest, `limit` of them, so that a Service keeps its
 * series when others come.
 */
export const pickTraffic = (
  dump: readonly ServerTraffic[],
  ledger: Pick<Ledger, 'entry' | 'ownedBy' | 'entries'>,
  limit: number,
): Traffic => {
  const counters = new Map(dump.map((each) => [`server ${each.server}`, each.counters]))
  const samples = new Map<string, Sample>()
  let leftOut = 0
  for (const { item, owners } of limit > 0 ? ledger.entries() : []) {
    const [service] = owners
    const found = item.kind === 'server' && service !== undefined ? counters.get(itemKey(item)) : undefined
    if (item.kind !== 'server' || service === undefined || found === undefined) continue
    if (samples.size >= limit) leftOut += 1
    else {
      const labels = labelsOf(item.server, service, ledger)
      samples.set(labels, { service, labels, counters: found })
    }
  }
  return { shown: [...samples.values()], leftOut, virtualServers: counters.size }
}

/** One text for each metric, so that a caller can let others have a turn in between. */
export function* renderTraffic(samples: readonly Sample[]): Generator<string> {
  if (samples.length === 0) return
  for (const [index, [word, type, help]] of METRICS.entries()) {
    const name = index === 0 ? 'kube_router_service_total_connections' : `kube_router_service_${word}`
    let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
    for (const { labels, counters } of samples) text += `${name}{${labels}} ${counters[index] ?? 0}\n`
    yield text
  }
}
