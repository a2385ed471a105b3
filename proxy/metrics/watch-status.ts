/** Carries the watches' own counters over into the metrics: what was added since the last time. */
import type { WatchStatus } from '../watch/status.ts'
import type { Metrics } from './metrics.ts'

/** @param now milliseconds since the epoch @returns what to call before each scrape, with the watches' status */
export const createWatchRecorder = (metrics: Metrics, now: () => number): ((statuses: readonly WatchStatus[]) => void) => {
  const seen = new Map<string, number>()
  const added = (name: string, total: number): number => {
    const before = seen.get(name) ?? 0
    seen.set(name, total)
    return total - before
  }
  return (statuses) => {
    for (const { resource, restarts, relists, lastEventAge } of statuses) {
      for (const [reason, total] of Object.entries(restarts)) {
        for (let count = added(`${resource} restart ${reason}`, total); count > 0; count--) metrics.countWatchRestart({ resource, reason })
      }
      for (let count = added(`${resource} relist`, relists); count > 0; count--) metrics.countRelist(resource)
      if (lastEventAge !== undefined) metrics.watchHeard(resource, now() - lastEventAge)
    }
  }
}
