/** Healthy and ready, decided from what the loop and the watches say of themselves. Pure. */
import type { Status } from '../services/contract.ts'
import type { Node } from '../services/types.ts'
import type { Health } from './health.ts'

export interface Facts {
  readonly status: Status
  /** Services, EndpointSlices and the Node have all been listed. */
  readonly synced: boolean
  /** Why those that are not listed are not, as far as it is known: `services: connect ECONNREFUSED …`. */
  readonly troubles?: readonly string[]
  /** undefined = it was not seen yet, or does not exist. */
  readonly node: Pick<Node, 'deleting' | 'taintedForDeletion'> | undefined
  /** Milliseconds, of the clock of `status.pendingSince`. */
  readonly now: number
  /** The same moment in milliseconds since the epoch, by a clock that may be set. */
  readonly date: number
  readonly auditPeriod: number
}

/** A change may wait this long, in audit periods, before the loop counts as stuck. */
const PERIODS_OF_GRACE = 2
/** However short the audit period is: a big cluster's first pass takes its time. Milliseconds. */
const LEAST_GRACE = 60_000

/**
 * Not healthy: a change has been waiting longer than the grace time, so a restart may help. An API server that cannot be reached is no
 * reason: the data plane stands, and a restart would only lose what is known.
 * Not ready: before the first full pass, or while the kernel refuses something.
 * Not eligible: the Node is being deleted or marked for it (KEP-3836); cordoning it is neither.
 */
export const truthOf = ({ status, synced, troubles = [], node, now, date, auditPeriod }: Facts): Health => {
  // It waits for the Node then, as it should; a restart would wait for it too.
  const homeless = synced && !status.ready && node === undefined
  const waited = status.pendingSince === undefined || homeless ? 0 : now - status.pendingSince
  const healthy = waited <= Math.max(PERIODS_OF_GRACE * auditPeriod, LEAST_GRACE)
  const ready = synced && status.ready && status.failures.size === 0 && status.auditFailure === undefined
  const reasons = [
    ...(synced ? [] : [['the cluster is not listed yet', ...troubles].join('; ')]),
    ...(homeless ? ['there is no Node object of this name (--hostname-override, NODE_NAME)'] : []),
    ...(synced && !status.ready && !homeless ? ['the first pass is not complete'] : []),
    ...(waited > 0 && !healthy ? [`changes have been waiting for ${Math.round(waited / 1000)} s`] : []),
    ...(status.auditFailure === undefined ? [] : [`the kernel cannot be read or prepared: ${status.auditFailure.message}`]),
    ...failureReasons(status),
  ]
  const ineligible = ineligibleReasons(node)
  return {
    healthy,
    ready,
    eligible: ineligible.length === 0,
    reasons: [...reasons, ...ineligible],
    lastUpdated: date - (now - (status.pendingSince ?? now)),
    now: date,
  }
}

const ineligibleReasons = (node: Facts['node']): string[] => [
  ...(node?.deleting ? ['the Node is being deleted'] : []),
  ...(node?.taintedForDeletion ? ['the Node has the taint ToBeDeletedByClusterAutoscaler'] : []),
]

/** More would make a probe's answer a report. */
const REASONS_SHOWN = 3

const failureReasons = ({ failures }: Status): string[] => {
  const shown = [...failures].slice(0, REASONS_SHOWN).map(([service, error]) => `${service}: ${error.message}`)
  return failures.size > REASONS_SHOWN ? [...shown, `and ${failures.size - REASONS_SHOWN} Services more`] : shown
}
