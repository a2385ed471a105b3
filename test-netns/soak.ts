/** What `npm run soak` tells the tests called *.soak.ts, by their environment; each has a value for a run without it. */

/** Minutes that one file should take at most; it may end earlier when everything is done. */
export const soakMinutes = (): number => Number(process.env.SOAK_MINUTES ?? 5)

/** A question that is answered with true once so many minutes are over. */
export const deadline = (minutes: number): (() => boolean) => {
  const end = performance.now() + minutes * 60_000
  return () => performance.now() >= end
}
