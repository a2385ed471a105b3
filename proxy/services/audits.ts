/**
 * Audits: the kernel is read, in steps between which other turns come, and the ledger learns what it really holds. One is under way at a time;
 * what is changed meanwhile, the ledger knows better than the reading.
 */
import { asError } from './as-error.ts'
import type { Observer, Scheduler } from './contract.ts'
import type { ItemMap } from './item.ts'
import type { Ledger } from './ledger.ts'
import type { Steps } from './steps.ts'
import type { ServiceKey } from './types.ts'

export interface Audits {
  /** Begins an audit, at the latest when the one that is under way is over; of several that wait the last one, but none less than whole. */
  begin(audit: Audit): void
  /** The first one is not over: nobody knows what the kernel holds. */
  readonly first: boolean
  /** Why the last one failed, while none succeeded since. */
  readonly failure: Error | undefined
  stop(): void
}

export interface Audit {
  /** It is about everything, not our table alone. */
  readonly whole: boolean
  /** What the kernel holds. @throws at any step */
  readonly reading: () => Steps<ItemMap>
  /** It failed half-way before. */
  readonly anew?: boolean
}

export interface AuditsParts {
  readonly ledger: Pick<Ledger, 'beginReading' | 'reconciling'>
  readonly scheduler: Pick<Scheduler, 'defer' | 'now'>
  readonly observer: Pick<Observer, 'audited' | 'drifted' | 'failed' | 'recovered'>
  /** It is over; these Services miss something. Undefined = it failed. */
  readonly over: (drifted: Iterable<ServiceKey> | undefined) => void
}

interface Running {
  readonly audit: Audit
  readonly started: number
  readonly steps: Steps<Iterable<ServiceKey>>
  interrupted: boolean
}

/** An audit is never urgent. */
const TURN_MILLISECONDS = 10

export const createAudits = ({ ledger, scheduler, observer, over }: AuditsParts): Audits => {
  let running: Running | undefined
  let next: Audit | undefined
  let first = true
  let failure: Error | undefined
  let stopped = false

  const begin = (audit: Audit): void => {
    if (running !== undefined) {
      if (audit.whole || next?.whole !== true) next = audit
      return
    }
    ledger.beginReading()
    running = { audit, started: scheduler.now(), steps: compare(audit), interrupted: false }
    step()
  }

  function* compare({ reading }: Audit): Steps<Iterable<ServiceKey>> {
    const { owners, drifted, examples } = yield* ledger.reconciling(yield* reading())
    if (drifted > 0) observer.drifted(drifted, examples)
    return owners
  }

  const step = (): void => {
    if (running === undefined || stopped) return
    try {
      const { done, value } = oneTurn(running)
      if (done === true) end(running, { owners: value })
      else if (value instanceof Promise) void value.then(step)
      else scheduler.defer(step)
    } catch (error) {
      const { audit, interrupted } = running
      // Others may have taken away what was being read: that is no failure, unless it happens again.
      if (interrupted && !audit.anew) restart(audit)
      else end(running, { why: asError(error) })
    }
  }

  /** Steps that are ready, one after another as long as a turn may take. */
  const oneTurn = (audit: Running): ReturnType<Running['steps']['next']> => {
    const end = scheduler.now() + TURN_MILLISECONDS
    for (;;) {
      const result = audit.steps.next()
      if (result.done === true) return result
      audit.interrupted = true
      if (result.value !== 'breath' || scheduler.now() >= end) return result
    }
  }

  const restart = (audit: Audit): void => {
    running = undefined
    begin({ ...audit, anew: true })
  }

  const end = ({ audit, started }: Running, { owners, why }: { owners?: Iterable<ServiceKey>; why?: Error }): void => {
    const waiting = next
    running = next = undefined
    first = false
    failure = why
    if (why !== undefined) observer.failed('audit', why)
    else if (audit.whole) observer.recovered?.('audit')
    over(owners)
    if (audit.whole) observer.audited?.({ seconds: (scheduler.now() - started) / 1000 })
    // A part that succeeds would hide that the whole failed; it is looked at with the next whole.
    if (waiting !== undefined && (why === undefined || waiting.whole)) begin(waiting)
  }

  return {
    begin,
    get first() {
      return first
    },
    get failure() {
      return failure
    },
    stop: () => {
      stopped = true
    },
  }
}
