/** What people and their programs see of the running proxy: probes, metrics, load balancers' health checks. */
import type { ServerTraffic } from '#kernel/ipvs/traffic.ts'
import type { IpAddress } from '#net/address.ts'
import type { Health } from '../health/health.ts'
import { truthOf } from '../health/truth.ts'
import { createHealthChecks } from '../health-checks/health-checks.ts'
import { listen } from '../http/listen.ts'
import { type HttpServers, startHttp } from '../http/start.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createWatchRecorder } from '../metrics/watch-status.ts'
import type { ProxyOptions } from '../options/options.ts'
import type { Cluster } from '../services/cluster.ts'
import type { Observer, Scheduler, Status } from '../services/contract.ts'
import type { Ledger } from '../services/ledger.ts'
import type { ClusterEvent } from '../services/types.ts'
import { type ProxyFacts, snapshotPieces } from '../status/snapshot.ts'
import { type StatusServer, serveStatus } from '../status/socket.ts'
import { createTrafficSource } from '../traffic/traffic-source.ts'
import type { WatchStatus } from '../watch/status.ts'
import type { ClusterWatch } from '../watch/watch-cluster.ts'
import { createChanges } from './changes.ts'

export interface OperationsParts {
  readonly options: Pick<ProxyOptions, 'metrics' | 'health' | 'auditMilliseconds'>
  readonly cluster: Cluster
  readonly ledger: Ledger
  /** The controller's. */
  readonly status: () => Status
  readonly watch: () => Pick<ClusterWatch, 'status' | 'synced'>
  readonly readTraffic: () => readonly ServerTraffic[]
  /** Where NodePorts answer now. */
  readonly nodePortAddresses: () => readonly IpAddress[]
  readonly noticed: Observer['noticed']
  readonly withdrawn?: Observer['withdrawn']
  readonly metrics: Metrics
  readonly log: Log
  readonly scheduler: Scheduler
  /** This process. */
  readonly identity: Pick<ProxyFacts, 'version' | 'node' | 'pid' | 'startedAt'>
  /** Where `selvedge status` asks. */
  readonly statusSocket: string
}

export interface Operations {
  /** Takes in what a watcher broadcast, after the controller did. */
  handle(events: readonly ClusterEvent[]): void
  /** Starts the probes' and the metrics' servers. @throws ListenError when one cannot listen */
  start(): Promise<Pick<HttpServers, 'metricsPort' | 'healthPort'>>
  /** Ends all servers. */
  close(): Promise<void>
}

/** Milliseconds. */
const LEAST_REFRESH = 5_000

/** Of what is not listed yet. */
const troublesOf = (watches: readonly Pick<WatchStatus, 'resource' | 'listed' | 'trouble'>[]): string[] =>
  watches.flatMap(({ resource, listed, trouble }) => (listed || trouble === undefined ? [] : [`${resource}: ${trouble}`]))

export const createOperations = (parts: OperationsParts): Operations => {
  const { options, cluster, ledger, metrics, log, scheduler } = parts
  const health = (): Health =>
    truthOf({
      status: parts.status(),
      synced: parts.watch().synced,
      troubles: troublesOf(parts.watch().status()),
      node: cluster.node,
      now: scheduler.now(),
      date: scheduler.date(),
      auditPeriod: options.auditMilliseconds,
    })
  // Before the first pass a fresh node has endpoints and nothing in the kernel that leads to them.
  const healthy = (): boolean => parts.status().ready && health().healthy
  const checks = createHealthChecks({
    cluster,
    addresses: parts.nodePortAddresses,
    healthy,
    listen,
    scheduler,
    log,
    noticed: parts.noticed,
    withdrawn: parts.withdrawn,
  })
  const changes = createChanges({ cluster, ledger, metrics, now: scheduler.date })
  const turn = (): Promise<void> => new Promise((resolve) => scheduler.defer(resolve))
  const traffic = createTrafficSource({
    read: parts.readTraffic,
    ledger,
    limit: options.metrics.trafficLimit,
    now: scheduler.now,
    turn,
    metrics,
    onFailed: (error) => log.warn('a scrape goes without traffic: the kernel cannot be read', { reason: error }),
  })
  const recordWatches = createWatchRecorder(metrics, scheduler.date)
  const render = async (): Promise<string> => {
    recordWatches(parts.watch().status())
    changes.record()
    metrics.setTotals(cluster.counts)
    metrics.setFailing(parts.status().failures.size)
    metrics.setHealthCheckServers(checks.counts())
    const series = await traffic()
    return `${await metrics.render()}${series}`
  }

  const facts = (): ProxyFacts => {
    const { healthy: alive, ready, eligible, reasons } = health()
    const failures = [...parts.status().failures].map(([service, { message }]) => ({ service, reason: message }))
    const { services } = cluster.counts
    return { ...parts.identity, healthy: alive, ready, eligible, reasons, services, waiting: cluster.dirtyCount, failures }
  }
  const startStatus = async (): Promise<StatusServer | undefined> => {
    try {
      return await serveStatus({ path: parts.statusSocket, pieces: () => snapshotPieces(facts(), ledger.entries()), turn })
    } catch (error) {
      log.warn('selvedge status cannot ask this proxy', { reason: error })
      return undefined
    }
  }

  let cancelRefresh = (): void => {}
  /** Links get and lose addresses without a word of the API server. */
  const refreshLater = (): void => {
    cancelRefresh = scheduler.after(Math.max(options.auditMilliseconds, LEAST_REFRESH), () => {
      checks.refresh()
      refreshLater()
    })
  }

  let http: HttpServers | undefined
  let status: StatusServer | undefined
  return {
    handle: (events) => {
      changes.handle(events)
      checks.handle(events)
    },
    start: async () => {
      http = await startHttp({
        metrics: { ...options.metrics, source: { render, contentType: metrics.contentType } },
        health: { ...options.health, source: health, count: metrics.countProbe },
      })
      status = await startStatus()
      refreshLater()
      return http
    },
    close: async () => {
      cancelRefresh()
      await Promise.all([checks.close(), http?.close(), status?.close()])
    },
  }
}
