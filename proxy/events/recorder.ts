/**
 * Events about Services, in the background: one for each Service and reason, counted up when the same happens again, and every half an hour for
 * as long as it holds, for the API server forgets Events after an hour; at a pace that no API server minds, in bounded memory. Nothing waits for it and nothing fails because of it.
 */
import type { Log } from '../log.ts'
import type { Scheduler } from '../services/contract.ts'
import type { NoticeReason, ServiceKey, ServiceNotice } from '../services/types.ts'
import type { EventFacts, ServiceReference } from './event.ts'
import { createPace } from './pace.ts'
import type { SendEvent, Sent } from './send-event.ts'

export interface RecorderParts {
  readonly send: SendEvent
  readonly scheduler: Pick<Scheduler, 'now' | 'date' | 'after'>
  readonly log: Log
  /** Name of this Node. */
  readonly node: string
  /** Told what became of each Event; `dropped` = there was no room for it. */
  readonly count: (result: Sent['result'] | 'dropped') => void
}

export interface EventRecorder {
  /** Something happened to a Service. Returns at once. */
  report(service: ServiceReference, notice: ServiceNotice): void
  /** What was reported with this reason does not hold any more: it is not repeated. */
  withdraw(service: ServiceKey, reason: NoticeReason): void
  /** Sends nothing any more. */
  close(): void
}

interface Entry {
  facts: EventFacts
  /** The API server has it. */
  known: boolean
  /** There is news that the API server does not have. */
  waiting: boolean
  /** It was not withdrawn. */
  holds: boolean
  /** Not before, by the scheduler's `now`. */
  due: number
}

const ENTRIES = 1_000
/** The same Event is not written again sooner. */
const REPEAT = 60_000
/** What holds is written again after so long: kube-apiserver forgets an Event an hour after it was written last (--event-ttl). */
const RENEWAL = 30 * 60_000
const RETRY_FIRST = 1_000
const RETRY_MOST = 60_000

export const createEventRecorder = ({ send, scheduler, log, node, count }: RecorderParts): EventRecorder => {
  const entries = new Map<string, Entry>()
  const pace = createPace({ burst: 20, every: 1_000 })
  let off = false
  let sending = false
  let retryDelay = RETRY_FIRST
  let pausedUntil = 0
  let cancelTimer = (): void => {}

  const report: EventRecorder['report'] = (service, notice) => {
    if (off) return
    const id = `${service.key} ${notice.reason}`
    const date = scheduler.date()
    const entry = entries.get(id)
    if (entry === undefined && !makeRoom(entries)) return count('dropped')
    const before = entry?.facts.service.uid === service.uid ? entry.facts : { count: 0, first: date }
    const facts = { service, notice, node, first: before.first, count: before.count + 1, last: date }
    if (entry === undefined) entries.set(id, { facts, known: false, waiting: true, holds: true, due: scheduler.now() })
    // Another uid is another Service of the same name, with Events of its own.
    else Object.assign(entry, { facts, waiting: true, holds: true, known: entry.known && before.count > 0 })
    next()
  }

  const withdraw: EventRecorder['withdraw'] = (service, reason) => {
    const entry = entries.get(`${service} ${reason}`)
    if (entry !== undefined) entry.holds = false
  }

  /** Sends what is due, or waits for it. */
  const next = (): void => {
    cancelTimer()
    const first = firstDue(entries)
    if (off || sending || first === undefined) return
    const at = Math.max(first.due, pausedUntil, pace.next())
    if (at <= scheduler.now()) void deliver(first.entry)
    else cancelTimer = scheduler.after(at - scheduler.now(), next)
  }

  const deliver = async (entry: Entry): Promise<void> => {
    sending = true
    pace.take(scheduler.now())
    if (!entry.waiting) entry.facts = { ...entry.facts, count: entry.facts.count + 1, last: scheduler.date() }
    entry.waiting = false
    const sent = await send(entry.facts, entry.known)
    sending = false
    settle(entry, sent)
    count(sent.result)
    next()
  }

  const settle = (entry: Entry, sent: Sent): void => {
    entry.due = scheduler.now() + REPEAT
    if (sent.result === 'failed') {
      Object.assign(entry, { waiting: true, due: scheduler.now() })
      pausedUntil = scheduler.now() + retryDelay
      retryDelay = Math.min(2 * retryDelay, RETRY_MOST)
      return
    }
    retryDelay = RETRY_FIRST
    entry.known = sent.result === 'sent'
    if (sent.result === 'sent') entry.facts = { ...entry.facts, count: Math.max(entry.facts.count, sent.count) }
    else log.debug('an Event was refused', { service: entry.facts.service.key, reason: sent.reason })
    if (sent.result === 'forbidden') switchOff(sent.reason)
  }

  const switchOff = (reason: string): void => {
    if (!off) log.warn('may not write Events: notices about Services are logged only (RBAC: create and patch of events)', { reason })
    close()
  }
  const close = (): void => {
    off = true
    cancelTimer()
    entries.clear()
  }

  return { report, withdraw, close }
}

/** Room for one more; what the API server has already is forgotten first, the oldest before others. False when there is none. */
const makeRoom = (entries: Map<string, Entry>): boolean => {
  if (entries.size < ENTRIES) return true
  for (const [id, { waiting }] of entries) {
    if (waiting) continue
    entries.delete(id)
    return true
  }
  return false
}

const firstDue = (entries: ReadonlyMap<string, Entry>): { readonly entry: Entry; readonly due: number } | undefined => {
  let first: { readonly entry: Entry; readonly due: number } | undefined
  for (const entry of entries.values()) {
    const due = dueOf(entry)
    if (due < (first?.due ?? Number.POSITIVE_INFINITY)) first = { entry, due }
  }
  return first
}

const dueOf = ({ waiting, holds, known, due }: Entry): number => {
  if (waiting) return due
  return holds && known ? due - REPEAT + RENEWAL : Number.POSITIVE_INFINITY
}
