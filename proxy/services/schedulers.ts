/**
 * Schedulers of IPVS are modules, and not every kernel has all of them. One that is missing shows when a virtual server is refused for it;
 * from then on, until the proxy is started anew, the nearest one that is there takes its place.
 *
 * @see net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_add_service and ip_vs_edit_service: ENOENT
 */
import { hasCode } from '#kernel/errno.ts'
import type { ServerSettings } from '#kernel/ipvs/types.ts'
import type { Applied } from './apply.ts'

export type Scheduling = Pick<ServerSettings, 'scheduler' | 'schedulerFlags'>

export interface Schedulers {
  /** Learns from what the kernel refused; true when a scheduler turned out to be missing that nobody knew of. */
  learn(applied: readonly Applied[]): boolean
  /** What is asked for, or what takes its place. */
  usable(asked: Scheduling): Scheduling
}

/** In the order in which they are tried. Endpoints all have weight 1, so that some differ in nothing else. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  rr: ['wrr'],
  wrr: ['rr'],
  lc: ['wlc', 'rr'],
  wlc: ['lc', 'rr'],
  sed: ['wlc', 'lc', 'rr'],
  nq: ['wlc', 'lc', 'rr'],
  sh: ['mh', 'rr'],
  mh: ['sh', 'rr'],
  dh: ['rr'],
}

/** Of the hashing ones, with the same meaning for both: fall back from an endpoint of weight 0; hash the client's port too. */
const COMMON_FLAGS = 0x08 | 0x10

export const createSchedulers = (): Schedulers => {
  const missing = new Set<string>()
  /** The kernel has taken a virtual server with it: whatever it refuses another one for, the module is there. */
  const present = new Set<string>()
  return {
    learn: (applied) => {
      const refused = new Set<string>()
      for (const { operation, outcome } of applied) {
        if (operation.item.kind !== 'server' || operation.verb === 'remove') continue
        if (outcome === undefined) present.add(operation.item.server.scheduler)
        else if (hasCode(outcome, 'ENOENT')) refused.add(operation.item.server.scheduler)
      }
      const found = refused.difference(present).difference(missing)
      for (const scheduler of found) missing.add(scheduler)
      return found.size > 0
    },
    usable: (asked) => {
      if (!missing.has(asked.scheduler)) return asked
      const scheduler = INSTEAD[asked.scheduler]?.find((each) => !missing.has(each)) ?? asked.scheduler
      if (scheduler === asked.scheduler) return asked
      return { scheduler, schedulerFlags: scheduler === 'sh' || scheduler === 'mh' ? asked.schedulerFlags & COMMON_FLAGS : 0 }
    },
  }
}
