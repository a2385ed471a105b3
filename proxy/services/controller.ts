/**
 * The services controller: takes events in, brings the kernel to what the changed Services ask for, and audits the kernel itself.
 *
 *   events -> Cluster -> desired -> difference -> operations -> kernel        one round: rounds.ts
 *                                       ^ the ledger: what the kernel acknowledged, reconciled with the kernel by audits
 */
import { createAudits } from './audits.ts'
import type { Controller, ControllerParts } from './contract.ts'
import type { NodeView } from './desired.ts'
import type { ItemMap } from './item.ts'
import { createLedger } from './ledger.ts'
import { createPace } from './pace.ts'
import { createRounds } from './rounds.ts'
import type { Steps } from './steps.ts'
import { type TableSight, watchTable, withTable } from './table-watch.ts'
import type { ClusterEvent, ServiceKey } from './types.ts'

const RETRY_FIRST = 1_000
const RETRY_MOST = 30_000

export const createController = (parts: ControllerParts): Controller => {
  const { cluster, plane, scheduler, observer } = parts
  const { ledger = createLedger() } = parts
  const rounds = createRounds(parts, ledger)
  const pace = createPace()
  let view: NodeView | undefined
  let looking = false
  let preparing = false
  let running = false
  let ready = false
  let turnWaiting = false
  let leftoversWaiting = false
  let pendingSince: number | undefined
  let retryDelay = RETRY_FIRST
  const cancels = { audit: () => {}, watch: () => {}, retry: undefined as (() => void) | undefined }

  const handle = (events: readonly ClusterEvent[]): void => {
    for (const event of events) {
      cluster.apply(event)
      if (event.kind === 'service') rounds.changed(event.key)
      // What happened before we started is not our latency.
      if (ready && event.kind === 'slice' && event.value?.triggeredAt !== undefined)
        rounds.noteTrigger(event.value.service, event.value.triggeredAt)
    }
    // The node's pod CIDRs and addresses are part of what carries the Services.
    if (running && events.some(({ kind }) => kind === 'node')) audit()
    requestTurn()
  }

  const requestTurn = (): void => {
    if (cluster.dirtyCount > 0) pendingSince ??= scheduler.now()
    if (!running || turnWaiting) return
    turnWaiting = true
    scheduler.defer(turn)
  }

  const turn = (): void => {
    turnWaiting = false
    if (!running) return
    // Without its Node the proxy knows no address of its own: it waits for the event that brings it.
    if (view === undefined || looking || preparing || audits.first) return
    const keys = cluster.takeDirty(pace.size)
    if (keys.length > 0) sync(keys)
    if (cluster.dirtyCount > 0) requestTurn()
    else allDone()
  }

  const sync = (keys: readonly ServiceKey[]): void => {
    const started = scheduler.now()
    rounds.sync(keys)
    pace.took(keys.length, scheduler.now() - started)
  }

  const allDone = (): void => {
    if (leftoversWaiting && audits.failure === undefined) {
      leftoversWaiting = false
      rounds.removeLeftovers()
    }
    ready ||= audits.failure === undefined
    if (audits.failure === undefined && !mostFail()) pendingSince = undefined
    if (rounds.failures.size > 0 || audits.failure !== undefined) requestRetry()
    else retryDelay = RETRY_FIRST
  }

  /** A few Services that the kernel refuses, while it takes others, are no reason to start anew, nor for load balancers to leave this node. */
  const mostFail = (): boolean => rounds.failures.size > 0 && 2 * rounds.failures.size > cluster.counts.services

  const requestRetry = (): void => {
    if (audits.failure !== undefined || mostFail()) pendingSince ??= scheduler.now()
    cancels.retry ??= scheduler.after(retryDelay, () => {
      cancels.retry = undefined
      retryDelay = Math.min(2 * retryDelay, RETRY_MOST)
      for (const key of rounds.failures.keys()) cluster.markDirty(key)
      // A failure may mean that something else was changed under us: look at the kernel before trying again.
      audit()
    })
  }

  const audit = (): void => {
    cancels.audit()
    cancels.audit = scheduler.after(parts.auditPeriod, audit)
    audits.begin({ whole: true, reading: readAll })
  }

  /** While an audit fails, the next one is due soon: a part of it that succeeds must not hide that. Doubts are about more than the table. */
  const auditTable = (sight: TableSight): void => {
    if (audits.failure !== undefined) return
    if (ledger.hasDoubts) audit()
    else audits.begin({ whole: false, reading: () => readTable(sight) })
  }

  function* readAll(): Steps<ItemMap> {
    yield* refreshView()
    yield* ensureBase()
    const observed = plane.observing === undefined ? plane.observe() : yield* plane.observing()
    rounds.adopt(observed)
    return observed
  }

  function* readTable(sight: TableSight): Steps<ItemMap> {
    yield* ensureBase()
    return withTable(ledger, sight.observingTable === undefined ? sight.observeTable() : yield* sight.observingTable())
  }

  /** While the table is made nothing can be put into it. */
  function* ensureBase(): Steps<void> {
    if (plane.ensuringBase === undefined) {
      plane.ensureBase()
      return
    }
    preparing = true
    try {
      yield* plane.ensuringBase()
    } finally {
      preparing = false
      requestTurn()
    }
  }

  function* refreshView(): Steps<void> {
    const now = cluster.node === undefined ? view : parts.viewOf(cluster.node)
    if (now === undefined || JSON.stringify(now) === JSON.stringify(view)) return
    view = now
    looking = true
    try {
      yield* rounds.look(now)
    } finally {
      looking = false
    }
    cluster.markAllDirty()
  }

  const audits = createAudits({
    ...{ ledger, scheduler, observer },
    over: (drifted) => {
      for (const owner of drifted ?? []) cluster.markDirty(owner)
      leftoversWaiting ||= drifted !== undefined
      requestTurn()
    },
  })

  const start = (): void => {
    running = true
    audit()
    const { sight } = parts
    if (sight !== undefined) cancels.watch = watchTable({ sight, scheduler, onRuleset: () => auditTable(sight), onMore: audit })
  }
  const stop = (): void => {
    running = false
    audits.stop()
    cancels.audit()
    cancels.watch()
    cancels.retry?.()
    rounds.stop()
  }

  return {
    handle,
    start,
    stop,
    status: () => ({ ready, pendingSince, failures: rounds.failures, auditFailure: audits.failure, items: ledger.size }),
  }
}
