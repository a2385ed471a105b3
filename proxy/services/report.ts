/** What the controller tells, as log lines and metrics: one line per change at `info`, nothing in a steady state. */
import type { EventRecorder } from '../events/recorder.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createBulkLines } from './bulk-lines.ts'
import { BULK_OPERATIONS, type Observer, type Scheduler } from './contract.ts'
import { type Item, itemKey } from './item.ts'
import type { ServiceKey } from './types.ts'

export interface ReportParts {
  readonly log: Log
  readonly metrics: Metrics
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly after: Scheduler['after']
  /** The Services that a kernel object belongs to, where its change names none: an endpoint that is no longer anybody's, of its virtual server. */
  readonly ownersOf?: (item: Item) => readonly ServiceKey[]
  /** How many Services wait for their turn. */
  readonly waiting?: () => number
  /** Where notices go besides. */
  readonly events?: Pick<EventRecorder, 'report' | 'withdraw'>
}

export const createReport = ({ log, metrics, now, after, events, ownersOf = () => [], waiting }: ReportParts): Observer => {
  const failing = new Map<string, string>()
  const lines = createBulkLines({
    limit: BULK_OPERATIONS,
    after,
    tell: ({ services, operations, seconds }) =>
      log.info('programmed Services', { services, operations, seconds: rounded(seconds), ...(waiting && { waiting: waiting() }) }),
  })
  return {
    applied: ({ operation: { verb, item, owners }, outcome }, bulk = false) => {
      metrics.countOperations({ kind: KINDS[verb][item.kind], result: outcome === undefined ? 'ok' : 'failed' })
      if (outcome !== undefined) return
      if (!lines.admits(bulk || (waiting?.() ?? 0) > LOAD_SERVICES)) return
      const write = item.kind === 'element' || item.kind === 'mark' ? log.debug : log.info
      const services = owners.length > 0 ? owners : ownersOf(item)
      const settings = verb === 'remove' ? {} : settingsOf(item)
      write(`${wordOf(verb, item)} ${itemKey(item)}`, { ...settings, ...(services.length > 0 && { service: services.join(' ') }) })
    },
    audited: ({ seconds }) => metrics.observeAudit(seconds),
    synced: ({ seconds, services, operations }) => {
      metrics.observeSync({ seconds, finishedAt: now() })
      if (!lines.takes({ seconds, services, operations })) log.debug('synced', { services, operations, seconds: rounded(seconds) })
    },
    programmed: (service, seconds) => {
      metrics.observeProgramming(seconds)
      log.debug('endpoints programmed', { service, seconds: rounded(seconds) })
    },
    drifted: (items, examples) => {
      metrics.countDriftRepairs(items)
      log.warn('found changes that others made in the kernel; repairing', { items, examples: examples.join(', ') })
    },
    noticed: ({ key, uid }, notice) => {
      metrics.countNotice(notice.reason)
      log[notice.type === 'Warning' ? 'warn' : 'info'](notice.message, { service: key, reason: notice.reason })
      events?.report({ key, uid }, notice)
    },
    withdrawn: (service, reason) => events?.withdraw(service, reason),
    draining: metrics.setDraining,
    failed: (subject, error) => {
      // A failure that repeats itself at every retry is one line, not a stream.
      if (failing.get(subject) === error.message) return
      failing.set(subject, error.message)
      log.error('failed; will be tried again', { [kindOf(subject)]: subject, reason: error })
    },
    recovered: (subject) => {
      if (failing.delete(subject)) log.info('succeeded after it had failed', { [kindOf(subject)]: subject })
    },
  }
}

/** Besides Services, whose names have a slash, there are `audit`, `leftovers` and the like. */
const kindOf = (subject: string): string => (subject.includes('/') ? 'service' : 'task')

/** To milliseconds. */
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000

/** Services that wait while a change is made: more of them are a load, however slowly it goes. */
const LOAD_SERVICES = 20

const PAST = { add: 'added', set: 'changed', remove: 'removed' } as const

/** Weight 0 is the beginning of the end of a destination. */
const wordOf = (verb: keyof typeof PAST, item: Item): string =>
  verb === 'set' && item.kind === 'destination' && item.destination.weight === 0 ? 'draining' : PAST[verb]

/** The metric's words for each verb and kind. */
const KINDS = {
  add: { element: 'addElement', mark: 'addMark', server: 'addServer', destination: 'addDestination', route: 'addRoute' },
  set: { element: 'setElement', mark: 'setMark', server: 'setServer', destination: 'setDestination', route: 'setRoute' },
  remove: { element: 'removeElement', mark: 'removeMark', server: 'removeServer', destination: 'removeDestination', route: 'removeRoute' },
} as const

const settingsOf = (item: Item): Record<string, unknown> => {
  if (item.kind === 'server') {
    const { scheduler, persistenceSeconds } = item.server
    return { scheduler, ...(persistenceSeconds > 0 ? { persistenceSeconds } : {}) }
  }
  if (item.kind === 'destination') return { weight: item.destination.weight }
  if (item.kind === 'mark') return { mark: `0x${item.mark.toString(16)}` }
  return item.kind === 'route' && item.source !== '' ? { source: item.source } : {}
}
