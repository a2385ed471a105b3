/** docs/conformance.md, as a run found it. */
import type { CaseResult, CaseState, CatalogueResult } from './conformance.ts'
import { table } from './markdown.ts'
import type { SuiteResult } from './upstream.ts'
import { upstreamSection } from './upstream-document.ts'

/** A recorded case that differs on purpose. */
export interface Difference {
  readonly name: string
  readonly reason: string
}

export interface Findings {
  readonly catalogues: readonly CatalogueResult[]
  readonly recorded: CatalogueResult
  readonly differences: readonly Difference[]
  readonly upstream: readonly SuiteResult[]
}

/** The document, as Markdown. It says nothing that changes from run to run. */
export const conformanceDocument = ({ catalogues, recorded, differences, upstream }: Findings): string =>
  [
    '# Conformance',
    '',
    '<!-- Written by `npm test -- --write-conformance`, from what a run of all tests found. -->',
    '',
    'What the test suites of the reference CNI plugins show of them, each case counted once and not once for every version, and the test here that shows the same of ours. [The service proxy](#service-proxy) comes last.',
    '',
    ...summary(catalogues),
    ...catalogues.flatMap(section),
    '',
    '## Recorded behaviour',
    '',
    recordedSentence(recorded, differences),
    '',
    ...table(
      ['case', 'difference'],
      differences.map(({ name, reason }) => [`\`${name}\``, reason]),
    ),
    ...upstreamSection(upstream),
    '',
  ].join('\n')

const STATES: readonly CaseState[] = ['passed', 'not applicable', 'failed', 'missing']

const summary = (catalogues: readonly CatalogueResult[]): string[] => {
  const row = (name: string, cases: readonly CaseResult[]): string[] => [
    name,
    String(cases.length),
    ...STATES.map((state) => String(cases.filter((each) => each.state === state).length)),
  ]
  const rows = catalogues.map(({ name, cases }) => row(name, cases))
  const all = catalogues.flatMap(({ cases }) => cases)
  return table(['plugin', 'cases', ...STATES], [...rows, row('all', all)])
}

const section = ({ name, cases }: CatalogueResult): string[] => [
  '',
  `## ${name}`,
  '',
  ...table(
    ['case', 'shows that', 'here'],
    cases.map((each) => [each.name, each.rule, stateOf(each)]),
  ),
]

const stateOf = ({ state, reason, files }: CaseResult): string => {
  if (reason !== undefined) return `${state}: ${reason}`
  return [...(state === 'passed' ? [] : [`**${state}**`]), ...files.map((file) => `[${file}](../${file})`)].join(', ')
}

const recordedSentence = ({ cases }: CatalogueResult, differences: readonly Difference[]): string => {
  const passed = cases.filter(({ state }) => state === 'passed').length
  return [
    `${passed} of ${cases.length} cases recorded from the reference plugins ([what they are](../test-netns/cni/golden/README.md)) are replayed with ours as they should be: `,
    `${passed - differences.length} with the same exit code, output, lease files, links, routes and rules after every step, and ${differences.length} with these deliberate differences, `,
    `whose every value is in [deliberate.ts](../test-netns/cni/golden/deliberate.ts).`,
  ].join('')
}
