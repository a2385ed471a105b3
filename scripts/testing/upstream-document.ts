/** The part of docs/conformance.md that is about the service proxy, as a run found it. */
import { table } from './markdown.ts'
import type { NameResult, NameState, SuiteResult } from './upstream.ts'

const STATES: readonly NameState[] = ['passed', 'not applicable', 'not met', 'failed', 'missing']

/** Lines of Markdown. */
export const upstreamSection = (suites: readonly SuiteResult[]): string[] => [
  '',
  '## Service proxy',
  '',
  'The tests of Kubernetes’ end-to-end suites (`test/e2e/network`) that concern a service proxy, by their own names. Each that passes is a test of the same title here: two',
  'nodes, pods made by our CNI chain, a client outside, real IPVS and real traffic.',
  '',
  ...summary(suites),
  ...suites.flatMap(section),
]

const summary = (suites: readonly SuiteResult[]): string[] => {
  const row = (name: string, cases: readonly NameResult[]): string[] => [
    name,
    String(cases.length),
    ...STATES.map((state) => String(cases.filter((each) => each.state === state).length)),
  ]
  const rows = suites.map(({ name, cases }) => row(name, cases))
  const all = suites.flatMap(({ cases }) => cases)
  return table(['suite', 'names', ...STATES], [...rows, row('all', all)])
}

const section = ({ name, file, cases }: SuiteResult): string[] => [
  '',
  `### ${name}: ${file}`,
  '',
  ...table(
    ['name', 'here'],
    cases.map((each) => [each.name, describe(each)]),
  ),
]

const describe = ({ state, reason, files }: NameResult): string => {
  if (reason !== undefined) return `${state === 'not met' ? '**not met**' : state}: ${reason}`
  return [...(state === 'passed' ? [] : [`**${state}**`]), ...files.map((file) => `[${file}](../${file})`)].join(', ')
}
