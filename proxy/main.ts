/** The service proxy's composition root: opens the kernel, the API server and the listeners, and wires them together. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { hasCapability } from '#kernel/capabilities.ts'
import { unixListener } from '#kernel/unix-listener.ts'
import { createDataPlane } from './dataplane/plane.ts'
import { breathe } from './engine/breathe.ts'
import { takeFeedbackEarly } from './engine/early-feedback.ts'
import { tellQuiet } from './engine/tell-quiet.ts'
import { openYoungCollection } from './engine/young-collection.ts'
import { openEvents } from './events/open.ts'
import { openKernel } from './kernel/main.ts'
import { type Log, openLog, standardError } from './log.ts'
import { meteredConntrack } from './metrics/metered-conntrack.ts'
import { createMetrics } from './metrics/metrics.ts'
import { isExcluded, nodeViewWith } from './node-view.ts'
import { createOperations } from './operations/operations.ts'
import type { ProxyOptions } from './options/options.ts'
import { takeOverWhenReady } from './predecessors/when-ready.ts'
import { takePlace } from './presence.ts'
import { createCluster } from './services/cluster.ts'
import type { Scheduler } from './services/contract.ts'
import { createController } from './services/controller.ts'
import type { NodeView } from './services/desired.ts'
import { type Item, serverKey } from './services/item.ts'
import { createLedger } from './services/ledger.ts'
import { createReport } from './services/report.ts'
import type { Node } from './services/types.ts'
import { socketPath } from './status/socket.ts'
import { readMachineFacts } from './surroundings/main.ts'
import { withSurroundings } from './surroundings/surroundings.ts'
import { tableConfig } from './table-config.ts'
import { systemClock } from './watch/clock.ts'
import { loadConfig } from './watch/kubeconfig.ts'
import type { WatchLog } from './watch/log.ts'
import { type ClusterWatch, type WatchClusterOptions, watchCluster } from './watch/watch-cluster.ts'

export interface ProxyRun {
  readonly options: ProxyOptions
  readonly version: string
  /** Aborted by SIGTERM and SIGINT: the proxy ends and leaves the data plane standing. */
  readonly signal: AbortSignal
}

/**
 * Runs the proxy until `signal` is aborted.
 * @returns the exit status: 0 after a signal, 1 when the cluster was not listed in time
 * @throws when another proxy runs here, the kernel lacks what is needed, a port is taken, or the configuration cannot be read; nothing is programmed then
 */
export const runProxy = async ({ options, version, signal }: ProxyRun): Promise<number> => {
  refuseWithoutRights()
  takeFeedbackEarly()
  const log = openLog({ ...options.log, destination: standardError() })
  // As kubelet names its Node.
  const nodeName = options.nodeName ?? hostname().toLowerCase()
  if (options.idleFlags.length > 0) log.info('flags of kube-router that have no effect here', { flags: options.idleFlags.join(' ') })
  // Before anything is changed.
  explained(() => loadConfig(options))
  const leave = await takePlace({
    ...{ scheduler, signal, patience: PATIENCE, listener: unixListener },
    onWait: () => log.warn('another selvedge proxy runs on this node; waiting for it to end', { seconds: PATIENCE / 1000 }),
    onForeign: (reason) => log.warn('cannot show that a proxy runs here; a second one would not know', { reason }),
  })
  if (leave === undefined) return 0
  const kernel = openKernel(options, log)
  const metrics = createMetrics({ version, runtime: `node${process.versions.node}`, now: Date.now, ofProcess: true })
  const events = openEvents({ config: options, node: nodeName, clock: systemClock, scheduler, log, metrics })
  const cluster = createCluster()
  const ledger = createLedger()
  const ownersOf = (item: Item): readonly string[] => (item.kind === 'destination' && ledger.entry(serverKey(item.server))?.owners) || []
  const waiting = (): number => cluster.dirtyCount
  const observer = createReport({ log, metrics, now: Date.now, after: scheduler.after, events, ownersOf, waiting })
  const viewOf = (node: Node): NodeView =>
    nodeViewWith({ node, nodePorts: options.nodePortAddresses, ...readMachineFacts(kernel.rtnetlink) })
  const dataPlane = createDataPlane({ ...kernel, conntrack: meteredConntrack(kernel.conntrack, metrics, scheduler.now) }, () =>
    tableConfig(options, cluster.node?.podCidrs ?? []),
  )
  /** What cannot be read, or a Node that does not say where it is, may want what nobody seems to want. */
  const isHalfKnown = (): boolean => cluster.node?.addresses.length === 0 || watch.status().some(({ unknown }) => unknown > 0)
  const controller = createController({
    cluster,
    plane: withSurroundings(dataPlane, kernel.surroundings),
    sight: dataPlane,
    scheduler,
    observer,
    ledger,
    auditPeriod: options.auditMilliseconds,
    gracePeriod: options.graceMilliseconds,
    viewOf,
    addressRules: options.addressRules,
    spares: (item) => isHalfKnown() || isExcluded(item, options.excludedCidrs),
  })

  const operations = createOperations({
    options,
    cluster,
    ledger,
    status: controller.status,
    watch: () => watch,
    readTraffic: kernel.ipvs.traffic,
    nodePortAddresses: () => (cluster.node === undefined ? [] : viewOf(cluster.node).nodePortAddresses),
    noticed: observer.noticed,
    withdrawn: observer.withdrawn,
    metrics,
    log,
    scheduler,
    identity: { version, node: nodeName, pid: process.pid, startedAt: Date.now() },
    statusSocket: socketPath(),
  })

  const settings: WatchClusterOptions = {
    config: options,
    nodeName,
    log: watchLog(log),
    onEvents: (changes) => {
      controller.handle(changes)
      operations.handle(changes)
    },
    onSynced: () => {
      if (cluster.node === undefined) log.error('there is no such Node; nothing is programmed until it exists', { node: nodeName })
      controller.start()
    },
  }
  const watch: ClusterWatch = explained(() => watchCluster(settings))
  const cancelQuiet = tellQuiet({ status: controller.status, scheduler, collect: openYoungCollection() })
  const cancelTakeOver = takeOverWhenReady({ edges: kernel.takeOverEdges, status: controller.status, scheduler, log })
  let started = false
  try {
    const http = await operations.start()
    started = true
    log.info('started', { version, node: nodeName, metricsPort: http.metricsPort, healthPort: http.healthPort })
    return await untilEnd({ signal, timeout: options.cacheSyncMilliseconds, synced: () => watch.synced, log })
  } finally {
    cancelTakeOver()
    cancelQuiet()
    controller.stop()
    await watch.stop()
    await operations.close()
    events.close()
    kernel.close()
    leave()
    if (started) log.info('stopped; the data plane stands')
  }
}

/** Milliseconds: longer than Kubernetes gives a pod to end, so that the next version may be started before (maxSurge). */
const PATIENCE = 60_000

/** Else the first change would fail, and every one after it. */
const refuseWithoutRights = (): void => {
  if (process.geteuid?.() !== 0) throw new Error('it must run as root: it programs the kernel')
  if (hasCapability(readFileSync('/proc/self/status', 'utf8'), 'CAP_NET_ADMIN')) return
  throw new Error('it needs CAP_NET_ADMIN: it programs the kernel (in a container: securityContext.privileged)')
}

/** What is wrong with a configuration is its author's to mend, and no fault of this program. */
const explained = <T>(action: () => T): T => {
  try {
    return action()
  } catch (cause) {
    throw new Error(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

const scheduler: Scheduler = {
  now: () => performance.now(),
  date: Date.now,
  defer: breathe,
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** The watchers speak pino's order of arguments. */
const watchLog = (log: Log): WatchLog => ({
  info: (fields, message) => log.info(message, fields),
  warn: (fields, message) => log.warn(message, fields),
  error: (fields, message) => log.error(message, fields),
})

const untilEnd = async (asked: { signal: AbortSignal; timeout: number; synced: () => boolean; log: Log }): Promise<number> => {
  const { signal, timeout, synced, log } = asked
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      if (synced()) return
      log.error('the cluster could not be listed in time (--cache-sync-timeout); the reasons are above', { seconds: timeout / 1000 })
      resolve(1)
    }, timeout)
    const end = (): void => {
      clearTimeout(timer)
      resolve(0)
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
