/** Which upstream names a run has shown: those that titles give in full, as `[e2e SUITE] NAME`. */
import type { UpstreamSuite } from '../../test-netns/vm-only/proxy/e2e/upstream.ts'
import type { FileReport } from './read-tap.ts'

/** What a run says of one name. `missing`: no test has it for a title. */
export type NameState = 'passed' | 'failed' | 'skipped' | 'not applicable' | 'not met' | 'missing'

export interface NameResult {
  readonly name: string
  readonly state: NameState
  /** Why nothing shows it. */
  readonly reason?: string
  /** The test files with points of this name, sorted. */
  readonly files: readonly string[]
}

export interface SuiteResult {
  readonly name: string
  readonly file: string
  readonly cases: readonly NameResult[]
}

/** What these reports say of every name, in the order of the suites. A name passes when it has points and all of them passed. */
export const upstreamResults = (suites: readonly UpstreamSuite[], reports: readonly FileReport[]): SuiteResult[] => {
  const found = findNames(reports)
  return suites.map(({ name: suite, file, cases }) => ({
    name: suite,
    file,
    cases: cases.map(([name, exemption]): NameResult => {
      const shown = found.get(`[e2e ${suite}] ${name}`)
      if (shown !== undefined) return { name, state: stateOf(shown), files: [...shown.files].sort() }
      if (exemption === undefined) return { name, state: 'missing', files: [] }
      return 'notMet' in exemption
        ? { name, state: 'not met', reason: exemption.notMet, files: [] }
        : { name, state: 'not applicable', reason: exemption.notApplicable, files: [] }
    }),
  }))
}

/** What a run must not end with: names that failed or that nothing shows, exempted names that a test has after all, and titles of no list. */
export const upstreamProblems = (suites: readonly UpstreamSuite[], reports: readonly FileReport[]): string[] => {
  const results = upstreamResults(suites, reports).flatMap(({ name: suite, cases }) =>
    cases.map((each) => ({ ...each, title: `[e2e ${suite}] ${each.name}` })),
  )
  const known = new Set(results.map(({ title }) => title))
  const exempted = new Set(
    suites.flatMap(({ name, cases }) => cases.flatMap(([each, exemption]) => (exemption === undefined ? [] : [`[e2e ${name}] ${each}`]))),
  )
  return [
    ...results.filter(({ state }) => state === 'failed' || state === 'missing').map(({ title, state }) => `${state}: ${title}`),
    ...results.filter(({ title, state }) => state === 'passed' && exempted.has(title)).map(({ title }) => `shown, and exempted: ${title}`),
    ...[...findNames(reports).keys()].filter((title) => !known.has(title)).map((title) => `no such name: ${title}`),
  ]
}

interface Shown {
  passed: boolean
  failed: boolean
  skipped: boolean
  readonly files: Set<string>
}

const stateOf = ({ failed, skipped }: Shown): NameState => {
  if (failed) return 'failed'
  return skipped ? 'skipped' : 'passed'
}

const findNames = (reports: readonly FileReport[]): Map<string, Shown> => {
  const found = new Map<string, Shown>()
  const add = (path: string, what: 'passed' | 'failed' | 'skipped', file: string): void => {
    const title = path.split(' > ').find((each) => each.startsWith('[e2e '))
    if (title === undefined) return
    const shown = found.get(title) ?? { passed: false, failed: false, skipped: false, files: new Set<string>() }
    shown[what] = true
    shown.files.add(file)
    found.set(title, shown)
  }
  for (const { file, passed, failures, skips } of reports) {
    for (const path of passed) add(path, 'passed', file)
    for (const { name } of failures) add(name, 'failed', file)
    for (const { name } of skips) add(name, 'skipped', file)
  }
  return found
}
