/**
 * The services controller: takes events in, brings the kernel to what the changed Services ask for, and audits the kernel itself.
 *
 *   events -> Cluster -> desired -> difference -> operations -> kernel
 *                                       ^ the ledger: what the kernel acknowledged, reconciled with the kernel by audits
 */
import { applyOperations } from './apply.ts'
import { asError } from './as-error.ts'
import { createContests } from './contests.ts'
import type { Controller, ControllerParts } from './contract.ts'
import { desiredItems, type NodeView } from './desired.ts'
import { difference, orphanRemovals } from './difference.ts'
import { type ItemMap, itemKey } from './item.ts'
import { createLedger } from './ledger.ts'
import { settle } from './settle.ts'
import type { ClusterEvent, ServiceKey } from './types.ts'

/** Services looked at before others get a turn: a chunk takes some 20 ms, so health requests never wait long. */
const CHUNK = 250
const RETRY_FIRST = 1_000
const RETRY_MOST = 30_000

export const createController = (parts: ControllerParts): Controller => {
  const { cluster, plane, scheduler, observer } = parts
  const ledger = createLedger()
  const failures = new Map<ServiceKey, Error>()
  const contests = createContests()
  const triggers = new Map<ServiceKey, number>()
  let auditFailure: Error | undefined
  let view: NodeView | undefined
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
    // Without its Node the proxy knows no address of its own: it waits for the event that brings it.
    if (view === undefined) return
    const keys = cluster.takeDirty(CHUNK)
    if (keys.length > 0) syncServices(keys, view)
    if (cluster.dirtyCount > 0) requestTurn()
    else allDone()
  }

  const syncServices = (keys: readonly ServiceKey[], node: NodeView): void => {
    const started = scheduler.now()
    const wanted = compile(keys, node)
    const plan = difference(wanted, ledger)
    const applied = applyOperations(plan.operations, plane)
    for (const change of applied) observer.applied(change)
    const failed = settle(plan, applied, ledger)
    for (const contest of contests.record(keys, plan.contests)) observer.contested(contest)
    for (const key of contests.freed(keys, ledger)) cluster.markDirty(key)
    for (const key of wanted.keys()) recordOutcome(key, failed.services.get(key))
    observer.synced({ seconds: (scheduler.now() - started) / 1000, services: keys.length, operations: plan.operations.length })
  }

  /** A Service that cannot be compiled keeps what it has in the kernel. */
  const compile = (keys: readonly ServiceKey[], node: NodeView): Map<ServiceKey, ItemMap> => {
    const wanted = new Map<ServiceKey, ItemMap>()
    for (const key of keys) {
      try {
        wanted.set(key, wantedItems(key, node))
      } catch (error) {
        recordOutcome(key, asError(error))
      }
    }
    return wanted
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

  const allDone = (): void => {
    if (leftoversWaiting && auditFailure === undefined) removeLeftovers()
    ready ||= auditFailure === undefined
    if (failures.size > 0 || auditFailure !== undefined) requestRetry()
    else {
      pendingSince = undefined
      retryDelay = RETRY_FIRST
    }
  }

  /** Only when every Service was looked at, and never what a failing one still waits to take over: what is left belongs to Services that are gone. */
  const removeLeftovers = (): void => {
    if (view === undefined) return
    leftoversWaiting = false
    const awaited = new Set([...compile([...failures.keys()], view).values()].flatMap((items) => [...items.keys()]))
    const operations = orphanRemovals(ledger).filter(({ item }) => !awaited.has(itemKey(item)) && !parts.spares(item))
    if (operations.length === 0) return
    const applied = applyOperations(operations, plane)
    for (const change of applied) observer.applied(change)
    const { leftovers } = settle({ operations, claims: [], releases: [], contests: [] }, applied, ledger)
    for (const error of leftovers) observer.failed('leftovers', error)
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
    cancels.audit = scheduler.after(parts.auditPeriod, audit)
    try {
      refreshView()
      plane.ensureBase()
      const { owners, drifted } = ledger.reconcile(plane.observe())
      for (const owner of owners) cluster.markDirty(owner)
      if (drifted > 0) observer.drifted(drifted)
      leftoversWaiting = true
      auditFailure = undefined
    } catch (error) {
      auditFailure = asError(error)
      observer.failed('audit', auditFailure)
    }
    requestTurn()
  }

  const refreshView = (): void => {
    const now = cluster.node === undefined ? view : parts.viewOf(cluster.node)
    if (JSON.stringify(now) !== JSON.stringify(view)) cluster.markAllDirty()
    view = now
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
