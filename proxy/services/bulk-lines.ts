/**
 * Lines about very many changes: of a cluster that is loaded people want to see that it goes on, and not each of its objects. More than
 * so many changes within a second are not told one by one any more, but once a second as a sum, until a second has fewer.
 */

export interface Round {
  readonly seconds: number
  readonly services: number
  readonly operations: number
}

export interface BulkLines {
  /** One more change. @param bulk it is one of very many of its round @returns whether it is to be told by itself */
  admits(bulk: boolean): boolean
  /** A round is over: it goes into the sum when a change of it was not told. @returns whether it did */
  takes(round: Round): boolean
}

export interface BulkLinesParts {
  /** Changes in a second that are told one by one. */
  readonly limit: number
  /** Runs an action later; milliseconds. */
  readonly after: (milliseconds: number, action: () => void) => void
  readonly tell: (sum: Round) => void
}

const PERIOD_MILLISECONDS = 1_000

export const createBulkLines = ({ limit, after, tell }: BulkLinesParts): BulkLines => {
  let [changes, crowded, untold, waiting] = [0, false, false, false]
  let sum: Round | undefined

  const look = (): void => {
    if (waiting) return
    waiting = true
    after(PERIOD_MILLISECONDS, () => {
      waiting = false
      crowded = changes > limit
      changes = 0
      if (sum !== undefined) tell(sum)
      sum = undefined
      // Whoever comes next, however late, finds out whether the crowd is gone.
      if (crowded) look()
    })
  }
  return {
    admits: (bulk) => {
      look()
      changes += 1
      const admitted = !bulk && !crowded && changes <= limit
      untold ||= !admitted
      return admitted
    },
    takes: (round) => {
      const taken = untold
      if (taken) sum = sum === undefined ? round : added(sum, round)
      untold = false
      return taken
    },
  }
}

const added = (one: Round, other: Round): Round => ({
  seconds: one.seconds + other.seconds,
  services: one.services + other.services,
  operations: one.operations + other.operations,
})
