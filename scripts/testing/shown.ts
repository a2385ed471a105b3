/** Which test files showed what titles name. */
import type { FileReport } from './read-tap.ts'

/** The files of the points with one name, in the order of the reports; a file stands there once for each point. */
export interface Shown {
  readonly passed: string[]
  readonly failed: string[]
  readonly skipped: string[]
}

/** By name. @param namesOf the names in the title of a point and those of the tests around it, as `a > b > c` */
export const findShown = (reports: readonly FileReport[], namesOf: (title: string) => readonly string[]): Map<string, Shown> => {
  const found = new Map<string, Shown>()
  const add = (title: string, list: keyof Shown, file: string): void => {
    for (const name of namesOf(title)) {
      const shown = found.get(name) ?? { passed: [], failed: [], skipped: [] }
      shown[list].push(file)
      found.set(name, shown)
    }
  }
  for (const { file, passed, failures, skips } of reports) {
    for (const title of passed) add(title, 'passed', file)
    for (const { name } of failures) add(name, 'failed', file)
    for (const { name } of skips) add(name, 'skipped', file)
  }
  return found
}

/** What all points of a name say together: one that failed counts before one that was skipped. */
export const stateOf = ({ failed, skipped }: Shown): 'passed' | 'failed' | 'skipped' => {
  if (failed.length > 0) return 'failed'
  return skipped.length > 0 ? 'skipped' : 'passed'
}

/** The files with points of a name, sorted. */
export const filesOf = ({ passed, failed, skipped }: Shown): string[] => [...new Set([...passed, ...failed, ...skipped])].sort()
