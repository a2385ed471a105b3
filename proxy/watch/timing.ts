/** How long the watchers wait for what. All in milliseconds but where the name says otherwise. */
export interface Timing {
  /** After so much silence a connection counts as dead; chosen between the two. Servers send bookmarks about every minute. */
  readonly silence: readonly [low: number, high: number]
  /** How long we ask the server to keep a watch open; chosen between the two. */
  readonly watchSeconds: readonly [low: number, high: number]
  /** A watch that ends cleanly after less than this counts as a failure. */
  readonly shortest: number
  /** A watch that lived so long ends a series of troubles. */
  readonly lasting: number
  /** The longest that handling may hold up the event loop. */
  readonly slice: number
}

export const TIMING: Timing = { silence: [90_000, 120_000], watchSeconds: [300, 600], shortest: 1000, lasting: 10_000, slice: 8 }
