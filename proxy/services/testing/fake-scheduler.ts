/** Time that passes only when a test says so. */
import type { Scheduler } from '../contract.ts'

export interface FakeScheduler extends Scheduler {
  /** Runs what is deferred now, and nothing of what that defers. */
  step(): void
  /** Runs everything deferred, and what that defers, until nothing waits. */
  settle(): void
  /** Lets time pass, running timers as they come due, and settles. */
  advance(milliseconds: number): void
  /** Somebody sets the machine's clock forward, or back. */
  setDate(milliseconds: number): void
}

export const createFakeScheduler = (start = 1_000_000): FakeScheduler => {
  let now = start
  let skew = 0
  let deferred: (() => void)[] = []
  let timers: { at: number; action: () => void }[] = []

  const step = (): void => {
    const waiting = deferred
    deferred = []
    for (const action of waiting) action()
  }
  const settle = (): void => {
    for (let rounds = 0; deferred.length > 0; rounds++) {
      if (rounds > 10_000) throw new Error('the loop never settles')
      step()
    }
  }
  const advance = (milliseconds: number): void => {
    const end = now + milliseconds
    for (;;) {
      const next = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]
      if (next === undefined) break
      timers = timers.filter((timer) => timer !== next)
      now = next.at
      next.action()
      settle()
    }
    now = end
  }
  return {
    now: () => now,
    date: () => now + skew,
    setDate: (milliseconds) => {
      skew = milliseconds - now
    },
    defer: (action) => {
      deferred.push(action)
    },
    after: (milliseconds, action) => {
      const timer = { at: now + milliseconds, action }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    step,
    settle,
    advance,
  }
}
