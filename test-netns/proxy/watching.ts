/** The proxy's watchers at work on a real connection, and what they have seen. */
import type { ClusterEvent } from '../../proxy/services/types.ts'
import type { WatchStatus } from '../../proxy/watch/status.ts'
import { TIMING, type Timing } from '../../proxy/watch/timing.ts'
import { watchCluster } from '../../proxy/watch/watch-cluster.ts'
import type { Owner } from '../rig/owner.ts'

export interface Watching {
  /** `+kind key` and `-kind key`, in the order in which they came; `synced` among them. */
  readonly events: string[]
  /** The latest value of everything that exists, by `kind key`. */
  readonly view: Map<string, ClusterEvent['value']>
  /** `level: message` of everything that was logged. */
  readonly log: string[]
  status(resource: string): WatchStatus
  stop(): Promise<void>
}

export interface WatchingOptions {
  readonly kubeconfig: string
  readonly node?: string
  readonly timing?: Partial<Timing>
}

/** Starts watching; it is stopped when `owner` is done. */
export const startWatching = (owner: Owner, { kubeconfig, node = 'node1', timing }: WatchingOptions): Watching => {
  const events: string[] = []
  const view: Watching['view'] = new Map()
  const log: string[] = []
  const logger = (level: string) => (_fields: object, message: string) => void log.push(`${level}: ${message}`)
  const watch = watchCluster({
    config: { kubeconfig },
    nodeName: node,
    timing: { ...TIMING, ...timing },
    log: { info: logger('info'), warn: logger('warn'), error: logger('error') },
    onSynced: () => void events.push('synced'),
    onEvents: (batch) => {
      for (const { kind, key, value } of batch) {
        events.push(`${value === undefined ? '-' : '+'}${kind} ${key}`)
        if (value === undefined) view.delete(`${kind} ${key}`)
        else view.set(`${kind} ${key}`, value)
      }
    },
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= watch.stop()
    return stopped
  }
  owner.teardown(stop)
  const status = (resource: string): WatchStatus => {
    const found = watch.status().find((each) => each.resource === resource)
    if (found === undefined) throw new Error(`nothing watches ${resource}`)
    return found
  }
  return { events, view, log, status, stop }
}
