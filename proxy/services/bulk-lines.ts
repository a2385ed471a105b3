/** Lines about very many changes: a cluster that is loaded is hundreds of rounds, of which people want to see that it goes on. */

export interface Round {
  readonly seconds: number
  readonly services: number
  readonly operations: number
}

const PERIOD_MILLISECONDS = 1_000

/** Adds up rounds, and tells their sum once a second. @param after runs an action later */
export const createBulkLines = (after: (milliseconds: number, action: () => void) => void, tell: (sum: Round) => void) => {
  let sum: Round | undefined
  return (round: Round): void => {
    if (sum !== undefined) {
      sum = added(sum, round)
      return
    }
    sum = round
    after(PERIOD_MILLISECONDS, () => {
      if (sum !== undefined) tell(sum)
      sum = undefined
    })
  }
}

const added = (one: Round, other: Round): Round => ({
  seconds: one.seconds + other.seconds,
  services: one.services + other.services,
  operations: one.operations + other.operations,
})
