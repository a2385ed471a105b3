/** The connection table, measured: what looking for stale flows takes, and how many are forgotten. */
import type { Conntrack } from '#kernel/conntrack/open.ts'
import type { Metrics } from './metrics.ts'

/** @param now milliseconds */
export const meteredConntrack = (conntrack: Conntrack, metrics: Pick<Metrics, 'observeFlows'>, now: () => number): Conntrack => {
  let started = now()
  return {
    ...conntrack,
    flows: (...asked) => {
      started = now()
      return conntrack.flows(...asked)
    },
    // Whoever looks for flows removes what was found, if only nothing.
    remove: (flows) => {
      const result = conntrack.remove(flows)
      metrics.observeFlows({ seconds: Math.max(0, now() - started) / 1000, deleted: flows.length })
      return result
    },
  }
}
