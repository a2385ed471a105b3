/** The watchers of the proxy: Services, EndpointSlices and the proxy's own Node, as one stream of events. */
import type { ClusterEvent } from '../services/types.ts'
import { type Clock, systemClock } from './clock.ts'
import { isName } from './identity.ts'
import { type ConnectionSettings, loadConfig, weaknessesOf } from './kubeconfig.ts'
import { ListWatch } from './list-watch.ts'
import type { WatchLog } from './log.ts'
import { nodeNamed, SERVICES, SLICES } from './resource.ts'
import type { WatchStatus } from './status.ts'
import { TIMING, type Timing } from './timing.ts'
import { openApi } from './transport.ts'

export interface WatchClusterOptions {
  readonly config: ConnectionSettings
  /** The Node to watch, by name. */
  readonly nodeName: string
  /**
   * Takes changes, in the order in which they happened to each resource. Before `onSynced` they tell only part of what there is:
   * gather them, and take nothing for gone.
   */
  readonly onEvents: (events: readonly ClusterEvent[]) => void
  /** Called once, when Services, slices and Node are all listed; that the Node does not exist is a result too. */
  readonly onSynced: () => void
  readonly log: WatchLog
  /** For tests. */
  readonly clock?: Clock
  readonly timing?: Timing
}

export interface ClusterWatch {
  /** One per resource, for metrics and health. */
  status(): readonly WatchStatus[]
  readonly synced: boolean
  /** Resolves when all connections are closed; nothing is called afterwards. */
  stop(): Promise<void>
}

/**
 * Starts watching; goes on through every failure until it is stopped.
 * @throws TypeError at once when the configuration, or the node's name, cannot be used
 */
export const watchCluster = (options: WatchClusterOptions): ClusterWatch => {
  const { config, nodeName, onEvents, onSynced, log, clock = systemClock, timing = TIMING } = options
  if (!isName(nodeName)) throw new TypeError(`the node name "${nodeName}" is not a name (lower case letters, digits, "-" and ".")`)
  const api = openApi(config, clock)
  for (const weakness of weaknessesOf(loadConfig(config))) log.warn({}, weakness)
  const unlisted = new Set([SERVICES, SLICES, nodeNamed(nodeName)])
  const watches = [...unlisted].map((resource) => {
    const onListed = (): void => {
      unlisted.delete(resource)
      if (unlisted.size > 0) return
      log.info({}, 'services, endpoint slices and node are listed')
      try {
        onSynced()
      } catch (error) {
        log.error({ err: error }, 'a listener failed on the first complete view')
      }
    }
    return new ListWatch({ api, resource, clock, timing, log, onEvents, onListed })
  })
  for (const watch of watches) watch.start()
  return {
    status: () => watches.map((watch) => watch.status),
    get synced() {
      return unlisted.size === 0
    },
    stop: async () => {
      await Promise.all(watches.map((watch) => watch.stop()))
      api.close()
    },
  }
}
