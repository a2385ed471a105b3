/**
 * The services controller: takes events in, brings the kernel to what the changed Services ask for, and audits the kernel itself.
 *
 *   events -> Cluster -> desired -> difference -> operations -> kernel        one round: rounds.ts
 *                                       ^ the ledger: what the kernel acknowledged, reconciled with the kernel by audits
 */
import { createAudits } from './audits.ts'
import type { Controller, ControllerParts } from './contract.ts'
import type { ItemMap } from './item.ts'
import { createLedger } from './ledger.ts'
import { createPace } from './pace.ts'
import { createReadings } from './readings.ts'
import { createRounds } from './rounds.ts'
import type { Steps } from './steps.ts'
import { type TableSight, watchTable } from './table-watch.ts'
import type { ClusterEvent, ServiceKey } from './types.ts'

const RETRY_FIRST = 1_000
const RETRY_MOST = 30_000

export const createController = (parts: ControllerParts): Controller => {
  const { cluster, scheduler, observer } = parts
  const { ledger = createLedger() } = parts
  const rounds = createRounds(parts, ledger)
  const pace = createPace()
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
    if (!readings.settled || audits.first) return
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
      retryDelay = Math.min(2 * retryDelay, RETRY_MOST)
      retry()
    })
  }

  /** A failure may mean that something else was changed under us: the kernel is looked at before. */
  const retry = (): void => {
    cancels.retry?.()
    cancels.retry = undefined
    for (const key of rounds.failures.keys()) cluster.markDirty(key)
    audit()
  }

  const audit = (): void => {
    cancels.audit()
    cancels.audit = scheduler.after(parts.auditPeriod, audit)
    audits.begin({ whole: true, reading: readings.all })
  }

  /** While an audit fails, the next one is due soon: a part of it that succeeds must not hide that. Doubts are about more than one part. */
  const auditPart = (reading: () => Steps<ItemMap>): void => {
    if (audits.failure !== undefined) return
    if (ledger.hasDoubts) audit()
    else audits.begin({ whole: false, reading })
  }

  /** An address that came may be what the kernel refused a Service for. */
  const auditRoutes = (sight: TableSight): void => {
    if (rounds.failures.size > 0) retry()
    else auditPart(() => readings.routes(sight))
  }

  const readings = createReadings({ ...parts, ledger, rounds, onSettled: requestTurn })
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
    if (sight === undefined) return
    cancels.watch = watchTable({
      ...{ sight, scheduler, onMore: audit },
      onRuleset: () => auditPart(() => readings.table(sight)),
      onRoutes: () => auditRoutes(sight),
    })
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
