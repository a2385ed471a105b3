/**
 * Who makes something owns it, and it is gone when its owner is done: at the end of a test, at the end of a demo, and when the
 * process is killed before that. Everything here is synchronous, so that a signal handler can do it too.
 */

/** A tap test is one; `makeOwner` makes others. Owners are done with in reverse order. */
export interface Owner {
  teardown(cleanup: () => void): unknown
}

/** An owner outside tests. */
export interface OwnerScope extends Owner {
  /** Cleans everything up, last made first. A failing cleanup does not stop the others; the first failure is thrown in the end. */
  close(): void
}

export const makeOwner = (): OwnerScope => {
  const cleanups: (() => void)[] = []
  return { teardown: (cleanup) => cleanups.push(cleanup), close: () => runAll(cleanups) }
}

/** Has `cleanup` run once: when `owner` is done, or when this process exits or is told to (SIGINT, SIGTERM, SIGHUP, tap's SIGALRM) before that. */
export const defer = (owner: Owner, cleanup: () => void): void => {
  watchForTheEnd()
  const once = (): void => {
    const position = pending.indexOf(once)
    if (position < 0) return
    pending.splice(position, 1)
    cleanup()
  }
  pending.push(once)
  owner.teardown(once)
}

const pending: (() => void)[] = []

const runAll = (cleanups: (() => void)[]): void => {
  const failures: unknown[] = []
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
    try {
      cleanup()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

let watching = false

const watchForTheEnd = (): void => {
  if (watching) return
  watching = true
  process.once('exit', cleanUpPending)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGALRM'] as const) {
    process.once(signal, () => {
      cleanUpPending()
      // This handler is gone now: the signal takes its normal effect, unless somebody else handles it.
      process.kill(process.pid, signal)
    })
  }
}

const cleanUpPending = (): void => {
  try {
    // `once` takes itself off the list; a copy of it is walked.
    runAll([...pending])
  } catch (error) {
    process.stderr.write(`cleaning up: ${String(error)}\n`)
  }
}
