/** Work that is done in steps, each short enough to be one turn: between them others, like health requests, have theirs. */

/**
 * A step may end in waiting for something: then the next one comes when that is over. It must not be rejected. One that ends in a breath may be
 * followed by the next one in the same turn, unless the turn has been long: how long a step takes differs a hundredfold between machines, and
 * between code that has just been loaded and the same a second later.
 */
export type Steps<Result> = Generator<Promise<void> | 'breath' | undefined, Result, undefined>

/** Things of one step: hardly a millisecond. */
const STEP = 32

/** Does `action` to each of `items`, also to those that come while it is under way. */
export function* each<T>(items: Iterable<T>, action: (item: T) => void): Steps<void> {
  let count = 0
  for (const item of items) {
    action(item)
    count += 1
    if (count % STEP === 0) yield 'breath'
  }
}

/** Ends the step until `asked`, if it is a promise, is settled; returns what it gives, or throws what it throws. */
export function* waitFor<T>(asked: T | Promise<T>): Steps<T> {
  if (!(asked instanceof Promise)) return asked
  let settled: { readonly value: T } | { readonly error: unknown } | undefined
  yield asked.then(
    (value) => {
      settled = { value }
    },
    (error: unknown) => {
      settled = { error }
    },
  )
  if (settled === undefined) throw new Error('the next step came before what it waits for')
  if ('error' in settled) throw settled.error
  return settled.value
}

/** All steps at once, for callers whom nobody waits for. None of them may wait for anything. */
export const inOneGo = <Result>(steps: Steps<Result>): Result => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
