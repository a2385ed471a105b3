/** How many Services one turn of the loop looks at: as many as take it some 20 ms on this machine, so that health requests never wait long. */

export interface Pace {
  /** Services for the next turn. */
  readonly size: number
  /** So long took a turn of so many Services. */
  took(services: number, milliseconds: number): void
}

const TURN_MILLISECONDS = 20
/** Fewer would cost more in what every turn costs by itself. A slow machine takes 2 ms for each, and ten times that for the first ones. */
const LEAST = 16
const MOST = 1_000

/** Starts slowly: code that has just been loaded is slow, and the first Services are those that are waited for. */
export const createPace = (): Pace => {
  let size = LEAST
  return {
    get size() {
      return size
    },
    took: (services, milliseconds) => {
      const fitting = (services * TURN_MILLISECONDS) / Math.max(milliseconds, 1)
      size = Math.round(Math.min(Math.max(fitting, LEAST), 2 * size, MOST))
    },
  }
}
