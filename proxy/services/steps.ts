/** Work that is done in steps, each short enough to be one turn: between them others, like health requests, have theirs. */

export type Steps<Result> = Generator<undefined, Result, undefined>

/** Things of one step: some milliseconds. */
const STEP = 1_000

/** Does `action` to each of `items`, also to those that come while it is under way. */
export function* each<T>(items: Iterable<T>, action: (item: T) => void): Steps<void> {
  let count = 0
  for (const item of items) {
    action(item)
    count += 1
    if (count % STEP === 0) yield
  }
}

/** All steps at once, for callers whom nobody waits for. */
export const inOneGo = <Result>(steps: Steps<Result>): Result => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
