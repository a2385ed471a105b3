/** The controller's contract: what it is given, what it can be asked, whom it tells. */
import type { AddressRules } from './address-rules.ts'
import type { Applied } from './apply.ts'
import type { Cluster } from './cluster.ts'
import type { DataPlane } from './data-plane.ts'
import type { NodeView } from './desired.ts'
import type { Item, ItemKey } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { TableSight } from './table-watch.ts'
import type { ClusterEvent, Node, NoticeReason, Service, ServiceKey, ServiceNotice } from './types.ts'

/** Time, given from outside. Milliseconds. */
export interface Scheduler {
  /** Only grows, whatever the machine's clock is set to; says nothing by itself. */
  now(): number
  /** The machine's clock: since the epoch. It may be set forward and back at any time, and measures nothing. */
  date(): number
  /** Runs `action` after what is already waiting (network events, health requests) had its turn. */
  defer(action: () => void): void
  /** Runs `action` later; the result cancels it. */
  after(milliseconds: number, action: () => void): () => void
}

/** More operations at once are told together and not one by one: some twenty Services. */
export const BULK_OPERATIONS = 100

/** Who is told what happened: logs and metrics. */
export interface Observer {
  /** @param bulk it is one of very many that are made at once, as at the start of a proxy */
  applied(change: Applied, bulk?: boolean): void
  /** The kernel was read and compared; what it lacks is left to the rounds that follow. */
  audited?(facts: { readonly seconds: number }): void
  synced(facts: { readonly seconds: number; readonly services: number; readonly operations: number }): void
  /** One Service's endpoints changed at `triggeredAt` (ms since the epoch) and are in the kernel now. */
  programmed(service: ServiceKey, seconds: number): void
  /** @param examples some of them */
  drifted(items: number, examples: readonly ItemKey[]): void
  /** What of a Service is not obeyed, each notice once for as long as it holds: a log line and an Event. */
  noticed(service: Service, notice: ServiceNotice): void
  /** No notice of that reason holds for a Service any more, which may be gone. */
  withdrawn?(service: ServiceKey, reason: NoticeReason): void
  /** So many destinations are left to finish their connections now. */
  draining(destinations: number): void
  failed(subject: string, error: Error): void
  /** It succeeded; whether it had failed before is for the observer to know. */
  recovered?(subject: string): void
}

export interface ControllerParts {
  readonly cluster: Cluster
  readonly plane: DataPlane
  readonly scheduler: Scheduler
  readonly observer: Observer
  /** An empty one, for whoever wants to look into it later. */
  readonly ledger?: Ledger
  /** Milliseconds between audits. */
  readonly auditPeriod: number
  /** Without it, what others do to our table is found by the next audit, and not within a second or two. */
  readonly sight?: TableSight
  /** Milliseconds that a removed destination may finish its connections; without it, or with 0, they end at once. */
  readonly gracePeriod?: number
  /** This node as its Services see it; asked again at each audit. */
  readonly viewOf: (node: Node) => NodeView
  /** Which external addresses Services may have; without them every address. */
  readonly addressRules?: AddressRules
  /** Leftovers that are to be left alone (`--excluded-cidrs`). */
  readonly spares: (item: Item) => boolean
}

export interface Status {
  /** The first audit and all Services known at that time are done. */
  readonly ready: boolean
  /** Since when changes have been waiting, or audits or most Services failing, by the scheduler's `now`; undefined = none. */
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
