/**
 * Events about Services, in the background: one for each Service and reason, counted up when the same happens again, at a pace that
 * no API server minds, in bounded memory. Nothing waits for it and nothing fails because of it.
 */
import type { Log } from '../log.ts'
import type { Scheduler } from '../services/contract.ts'
import type { ServiceNotice } from '../services/types.ts'
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
  /** Sends nothing any more. */
  close(): void
}

interface Entry {
  facts: EventFacts
  /** The API server has it. */
  known: boolean
  /** There is news that the API server does not have. */
  waiting: boolean
  /** Not before, by the scheduler's `now`. */
  due: number
}

const ENTRIES = 1_000
/** The same Event is not written again sooner. */
const REPEAT = 60_000
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
    if (entry === undefined) entries.set(id, { facts, known: false, waiting: true, due: scheduler.now() })
    // Another uid is another Service of the same name, with Events of its own.
    else Object.assign(entry, { facts, waiting: true, known: entry.known && before.count > 0 })
    next()
  }

  /** Sends what is due, or waits for it. */
  const next = (): void => {
    cancelTimer()
    const first = firstDue(entries)
    if (off || sending || first === undefined) return
    const at = Math.max(first.due, pausedUntil, pace.next())
    if (at <= scheduler.now()) void deliver(first)
    else cancelTimer = scheduler.after(at - scheduler.now(), next)
  }

  const deliver = async (entry: Entry): Promise<void> => {
    sending = true
    pace.take(scheduler.now())
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

  return { report, close }
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

const firstDue = (entries: ReadonlyMap<string, Entry>): Entry | undefined => {
  let first: Entry | undefined
  for (const entry of entries.values()) if (entry.waiting && (first === undefined || entry.due < first.due)) first = entry
  return first
}
