/** When the place of another proxy is taken: once, as soon as every Service is programmed. Whether it still runs is looked at a minute later. */
import type { Log } from '../log.ts'
import type { Scheduler, Status } from '../services/contract.ts'
import { leftBehind, type TakeOverEdges, takeOver } from './take-over.ts'

export interface WhenReadyParts {
  readonly edges: TakeOverEdges
  readonly status: () => Pick<Status, 'ready' | 'failures' | 'auditFailure'>
  readonly scheduler: Pick<Scheduler, 'after'>
  readonly log: Pick<Log, 'info' | 'warn'>
}

const PAUSE = 500
/** kube-proxy and kube-router write anew what they miss within half a minute, as people set them. */
const LATER = 60_000

/** Returns how to call it off. */
export const takeOverWhenReady = ({ edges, status, scheduler, log }: WhenReadyParts): (() => void) => {
  let cancel = (): void => {}
  let told = false
  const look = (): void => {
    const { ready, failures, auditFailure } = status()
    if (ready && !told) {
      told = true
      log.info('ready: the Services of the cluster are programmed', failures.size > 0 ? { failing: failures.size } : {})
    }
    // A VIP whose Service failed may be local by the other proxy's address alone.
    if (!ready || failures.size > 0 || auditFailure !== undefined) cancel = scheduler.after(PAUSE, look)
    else if (tellTaken(edges, log)) cancel = scheduler.after(LATER, () => tellReturned(edges, log))
  }
  cancel = scheduler.after(PAUSE, look)
  return () => cancel()
}

/** True when something was there. */
const tellTaken = (edges: TakeOverEdges, log: WhenReadyParts['log']): boolean => {
  const taken = takeOver(edges)
  for (const { what, failure } of taken) {
    if (failure === undefined) log.info('took over from the proxy that ran here before', { removed: what })
    else log.warn('a leftover of the proxy that ran here before could not be removed, and may harm Services', { what, reason: failure })
  }
  return taken.length > 0
}

const tellReturned = (edges: TakeOverEdges, log: WhenReadyParts['log']): void => {
  try {
    const found = leftBehind(edges)
    if (found.length === 0) return
    log.warn('kube-router or kube-proxy still runs on this node: two proxies undo each other, stop one', { found: found.join('; ') })
  } catch (error) {
    log.warn('whether another proxy runs on this node could not be told', { reason: error })
  }
}
