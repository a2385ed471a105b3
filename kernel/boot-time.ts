/** When this machine started, for telling what an earlier boot left behind from what may still live. */
import { readFileSync, statSync } from 'node:fs'

/** What the clock and the kernel say; times in milliseconds since 1970. */
export interface BootEvidence {
  readonly now: number
  /** Time since the boot, suspended time included. */
  readonly uptime: number
  /** When /proc was mounted, by the clock of that moment. */
  readonly procMounted: number
}

/**
 * A moment that nothing made since the boot is older than, whatever the clock has done. Reckoned back from now, the boot moves when the
 * clock is set, or when a virtual machine is paused and woken; the stamp of the boot itself is wrong when the clock was. The earlier
 * of the two errs to the safe side for one jump of the clock, in either direction.
 */
export const earliestOf = ({ now, uptime, procMounted }: BootEvidence): number => Math.min(now - uptime, procMounted)

/** That moment for this machine. @throws a Node file system error without /proc */
export const bootTime = (): number =>
  earliestOf({
    now: Date.now(),
    uptime: Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000,
    procMounted: statSync('/proc').ctimeMs,
  })
