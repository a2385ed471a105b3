/** Runs cases both ways: the Go plugins attach and ours take over, and the other way round. */
import type { Test } from 'tap'
import { accept } from './accept.ts'
import { differencesOf } from './compare.ts'
import type { SwapCase } from './dimensions.ts'
import { makeSide } from './side.ts'
import { tryOut } from './trial.ts'

/** The kernel makes whoever removes a link or a rule wait; two cases at once use that time. */
const AT_ONCE = 2

/**
 * One test point for each case, as long as `goOn` says so: nothing differs but what is known to, and that does. A few hosts serve all.
 * @returns how many were tried
 */
export const swapCases = async (t: Test, cases: readonly SwapCase[], goOn: () => boolean): Promise<number> => {
  const waiting = [...cases]
  const worker = async (): Promise<void> => {
    const [goHost, ourHost] = [makeSide(t), makeSide(t)]
    while (goOn()) {
      const each = waiting.shift()
      if (each === undefined) return
      const [goAttached, oursAttached] = await Promise.all([
        tryOut({ side: goHost, each, attaching: 'Go', removing: 'ours' }),
        tryOut({ side: ourHost, each, attaching: 'ours', removing: 'Go' }),
      ])
      t.same(accept(each, differencesOf({ goAttached, oursAttached })), { unknown: [], gone: [] }, titleOf(each))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return cases.length - waiting.length
}

const titleOf = (each: SwapCase): string =>
  Object.entries(each)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => value)
    .join(', ')
