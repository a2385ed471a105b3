/**
 * Lets the engine notice that a load is over. It knows how much is allocated from its collections alone: after the last one of a load nothing
 * tells it that nothing follows, and the load's garbage, a third of the heap, stays for a hundred seconds, until it looks for itself. Two
 * collections of what is young, with quiet between them, show it the quiet; then it tidies up, in steps, at once.
 */
import type { Scheduler, Status } from '../services/contract.ts'

export interface TellQuietParts {
  readonly status: () => Pick<Status, 'ready' | 'pendingSince'>
  readonly scheduler: Pick<Scheduler, 'after'>
  readonly collect: () => void
}

const PERIOD = 1_000
/** The second and the third of them collect. */
const QUIET_LOOKS = 3

/** Once, when all Services of the start are programmed and nothing waits. Returns how to call it off. */
export const tellQuiet = ({ status, scheduler, collect }: TellQuietParts): (() => void) => {
  let quiet = 0
  let cancel = (): void => {}
  const look = (): void => {
    const { ready, pendingSince } = status()
    quiet = ready && pendingSince === undefined ? quiet + 1 : 0
    if (quiet > 1) collect()
    if (quiet < QUIET_LOOKS) cancel = scheduler.after(PERIOD, look)
  }
  cancel = scheduler.after(PERIOD, look)
  return () => cancel()
}
