/**
 * The services controller: takes events in, brings the kernel to what the changed Services ask for, and audits the kernel itself.
 *
 *   events -> Cluster -> desired -> difference -> operations -> kernel
 *                                       ^ the ledger: what the kernel acknowledged, reconciled with the kernel by audits
 */
import { type Applied, applyOperations } from './apply.ts'
import type { Cluster } from './cluster.ts'
import type { DataPlane } from './data-plane.ts'
import { desiredItems, type NodeView, nodeViewOf } from './desired.ts'
import { type Contest, difference, orphanRemovals } from './difference.ts'
import type { ItemMap } from './item.ts'
import { createLedger } from './ledger.ts'
import { settle } from './settle.ts'
import type { ClusterEvent, ServiceKey } from './types.ts'

/** Time, given from outside. Milliseconds. */
export interface Scheduler {
  now(): number
  /** Runs `action` after what is already waiting (network events, health requests) had its turn. */
  defer(action: () => void): void
  /** Runs `action` later; the result cancels it. */
  after(milliseconds: number, action: () => void): () => void
}

/** Who is told what happened: logs and metrics. */
export interface Observer {
  applied(change: Applied): void
  synced(facts: { readonly seconds: number; readonly services: number; readonly operations: number }): void
  /** One Service's endpoints changed at `triggeredAt` (ms since the epoch) and are in the kernel now. */
  programmed(service: ServiceKey, seconds: number): void
  drifted(items: number): void
  contested(contest: Contest): void
  failed(subject: string, error: Error): void
}

export interface ControllerParts {
  readonly cluster: Cluster
  readonly plane: DataPlane
  readonly scheduler: Scheduler
  readonly observer: Observer
  /** Milliseconds between audits. */
  readonly auditPeriod: number
}

export interface Status {
  /** The first audit and all Services known at that time are done. */
  readonly ready: boolean
  /** Since when changes have been waiting or failing; undefined = none. Milliseconds since the epoch. */
  readonly pendingSince: number | undefined
  /** Services whose last change the kernel refused, with the reason. */
  readonly failures: ReadonlyMap<ServiceKey, Error>
  readonly auditFailure: Error | undefined
  readonly items: number
}

export interface Controller {
  /** Takes in what a watcher broadcast. Before `start` it only listens. */
  handle(events: readonly ClusterEvent[]): void
  /** Everything is listed: audits the kernel, adopts what is right, and follows events from now on. */
  start(): void
  /** Ends the loop; the kernel stays as it is. */
  stop(): void
  status(): Status
}

/** Services looked at before others get a turn: a chunk takes some 20 ms, so health requests never wait long. */
const CHUNK = 250
const RETRY_FIRST = 1_000
const RETRY_MOST = 30_000

export const createController = ({ cluster, plane, scheduler, observer, auditPeriod }: ControllerParts): Controller => {
  const ledger = createLedger()
  const failures = new Map<ServiceKey, Error>()
  const contested = new Map<ServiceKey, readonly Contest[]>()
  const triggers = new Map<ServiceKey, number>()
  let auditFailure: Error | undefined
  let running = false
  let ready = false
  let turnWaiting = false
  let leftoversWaiting = false
  let pendingSince: number | undefined
  let retryDelay = RETRY_FIRST
  const cancels = { audit: () => {}, retry: undefined as (() => void) | undefined }

  const handle = (events: readonly ClusterEvent[]): void => {
    for (const event of events) {
      cluster.apply(event)
      if (event.kind === 'slice' && event.value?.triggeredAt !== undefined) noteTrigger(event.value.service, event.value.triggeredAt)
    }
    // The node's pod CIDRs and addresses are part of what carries the Services.
    if (running && events.some(({ kind }) => kind === 'node')) audit()
    requestTurn()
  }

  const noteTrigger = (service: ServiceKey, at: number): void => {
    // Of changes that arrive together the oldest counts. What happened before we started is not our latency.
    if (ready) triggers.set(service, Math.min(at, triggers.get(service) ?? at))
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
    const node = cluster.node
    const keys = node === undefined ? [] : cluster.takeDirty(CHUNK)
    if (node !== undefined && keys.length > 0) syncServices(keys, nodeViewOf(node))
    if (cluster.dirtyCount > 0) requestTurn()
    else allDone()
  }

  const syncServices = (keys: readonly ServiceKey[], node: NodeView): void => {
    const started = scheduler.now()
    const wanted = new Map(keys.map((key) => [key, wantedItems(key, node)] as const))
    const plan = difference(wanted, ledger)
    const applied = applyOperations(plan.operations, plane)
    for (const change of applied) observer.applied(change)
    const failed = settle(plan, applied, ledger)
    recordContests(keys, plan.contests)
    for (const key of keys) recordOutcome(key, failed.services.get(key))
    observer.synced({ seconds: (scheduler.now() - started) / 1000, services: keys.length, operations: plan.operations.length })
  }

  const wantedItems = (key: ServiceKey, node: NodeView): ItemMap => {
    const service = cluster.service(key)
    return service === undefined ? new Map() : desiredItems({ service, slices: cluster.slicesOf(key), node })
  }

  const recordOutcome = (key: ServiceKey, failure: Error | undefined): void => {
    if (failure !== undefined) {
      failures.set(key, failure)
      observer.failed(key, failure)
      return
    }
    failures.delete(key)
    const triggeredAt = triggers.get(key)
    triggers.delete(key)
    if (triggeredAt !== undefined) observer.programmed(key, Math.max(0, scheduler.now() - triggeredAt) / 1000)
  }

  /** Whoever waits for an object is looked at again whenever its holder changed. */
  const recordContests = (changed: readonly ServiceKey[], contests: readonly Contest[]): void => {
    for (const key of changed) contested.delete(key)
    for (const contest of contests) {
      contested.set(contest.service, [...(contested.get(contest.service) ?? []), contest])
      observer.contested(contest)
    }
    for (const [waiting, its] of contested) {
      if (its.some(({ key, holder }) => changed.includes(holder) && !ledger.ownedBy(holder).has(key))) cluster.markDirty(waiting)
    }
  }

  const allDone = (): void => {
    if (failures.size > 0 || auditFailure !== undefined) return requestRetry()
    if (leftoversWaiting) removeLeftovers()
    ready = true
    pendingSince = undefined
    retryDelay = RETRY_FIRST
  }

  /** Only when every Service is known and in place: what is left then belongs to Services that are gone. */
  const removeLeftovers = (): void => {
    leftoversWaiting = false
    const operations = orphanRemovals(ledger)
    if (operations.length === 0) return
    const applied = applyOperations(operations, plane)
    for (const change of applied) observer.applied(change)
    for (const error of settle({ operations, claims: [], releases: [], contests: [] }, applied, ledger).leftovers) {
      observer.failed('leftovers', error)
    }
  }

  const requestRetry = (): void => {
    pendingSince ??= scheduler.now()
    cancels.retry ??= scheduler.after(retryDelay, () => {
      cancels.retry = undefined
      retryDelay = Math.min(2 * retryDelay, RETRY_MOST)
      for (const key of failures.keys()) cluster.markDirty(key)
      // A failure may mean that something else was changed under us: look at the kernel before trying again.
      audit()
    })
  }

  const audit = (): void => {
    cancels.audit()
    cancels.audit = scheduler.after(auditPeriod, audit)
    try {
      plane.ensureBase()
      const { owners, drifted } = ledger.reconcile(plane.observe())
      for (const owner of owners) cluster.markDirty(owner)
      if (drifted > 0) observer.drifted(drifted)
      leftoversWaiting = true
      auditFailure = undefined
    } catch (error) {
      auditFailure = error instanceof Error ? error : new Error(String(error))
      observer.failed('audit', auditFailure)
    }
    requestTurn()
  }

  const start = (): void => {
    running = true
    audit()
  }
  const stop = (): void => {
    running = false
    cancels.audit()
    cancels.retry?.()
  }

  return { handle, start, stop, status: () => ({ ready, pendingSince, failures, auditFailure, items: ledger.size }) }
}
