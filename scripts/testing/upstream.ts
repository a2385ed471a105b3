/** Which upstream names a run has shown: those that titles give in full, as `[e2e SUITE] NAME`. */
import type { UpstreamSuite } from '../../test-netns/vm-only/proxy/e2e/upstream.ts'
import type { FileReport } from './read-tap.ts'
import { filesOf, findShown, stateOf } from './shown.ts'

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
  const found = findShown(reports, nameIn)
  return suites.map(({ name: suite, file, cases }) => ({
    name: suite,
    file,
    cases: cases.map(([name, exemption]): NameResult => {
      const shown = found.get(`[e2e ${suite}] ${name}`)
      if (shown !== undefined) return { name, state: stateOf(shown), files: filesOf(shown) }
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
    ...[...findShown(reports, nameIn).keys()].filter((title) => !known.has(title)).map((title) => `no such name: ${title}`),
  ]
}

/** The first upstream name in a title, as `[e2e SUITE] NAME`. */
const nameIn = (title: string): string[] =>
  title
    .split(' > ')
    .filter((each) => each.startsWith('[e2e '))
    .slice(0, 1)
