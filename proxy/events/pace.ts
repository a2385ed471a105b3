/** A limit of how often something is done: a number of times at once, then one in a while. Pure but for what it remembers. */
export interface Pace {
  /** The earliest time for the next one, in milliseconds of the clock of `take`; in the past when it may be done now. */
  next(): number
  /** It is done, at `now`. */
  take(now: number): void
}

/** @param limits how many at once, and the milliseconds after which there may be one more */
export const createPace = ({ burst, every }: { readonly burst: number; readonly every: number }): Pace => {
  /** When everything that was done will have been paid for. */
  let paid = 0
  return {
    next: () => paid - (burst - 1) * every,
    take: (now) => {
      paid = Math.max(paid, now) + every
    },
  }
}
