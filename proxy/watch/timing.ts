/** How long the watchers wait for what. All in milliseconds but where the name says otherwise. */
export interface Timing {
  /** After so much silence a connection counts as dead; chosen between the two. Servers send bookmarks about every minute. */
  readonly silence: readonly [low: number, high: number]
  /**
   * The same while the initial events of a streaming list are due: some servers accept one and never send them (their etcd reports no
   * progress). Less than --cache-sync-timeout, or the proxy would be restarted before it asks for pages.
   */
  readonly listSilence: number
  /** How long we ask the server to keep a watch open; chosen between the two. */
  readonly watchSeconds: readonly [low: number, high: number]
  /** A watch that ends cleanly after less than this counts as a failure. */
  readonly shortest: number
  /** A watch that lived so long ends a series of troubles. */
  readonly lasting: number
  /** The longest that handling may hold up the event loop. */
  readonly slice: number
}

export const TIMING: Timing = {
  silence: [90_000, 120_000],
  listSilence: 20_000,
  watchSeconds: [300, 600],
  shortest: 1000,
  lasting: 10_000,
  slice: 8,
}
