import t from 'tap'
import { UPSTREAM_SUITES } from '../../test-netns/vm-only/proxy/e2e/catalogue.ts'
import type { UpstreamSuite } from '../../test-netns/vm-only/proxy/e2e/upstream.ts'
import type { FileReport } from './read-tap.ts'
import { upstreamProblems, upstreamResults } from './upstream.ts'

const suites: UpstreamSuite[] = [
  {
    name: 'Services',
    file: 'service.go',
    cases: [
      ['should serve'],
      ['should serve more'],
      ['should prevent', { notApplicable: 'API' }],
      ['should be fast', { notMet: 'it is slow' }],
    ],
  },
]

const report = (passed: string[], failed: string[] = [], skipped: string[] = []): FileReport => ({
  file: 'a.test.ts',
  passed,
  failures: failed.map((name) => ({ name, detail: '' })),
  skips: skipped.map((name) => ({ name, detail: '' })),
  milliseconds: 1,
})

t.test('a name is shown by a test whose whole title it is', async (t) => {
  const [result] = upstreamResults(suites, [
    report(['a.test.ts > all > [e2e Services] should serve > a point', 'x > [e2e Services] should serve']),
  ])
  t.same(result?.cases, [
    { name: 'should serve', state: 'passed', files: ['a.test.ts'] },
    { name: 'should serve more', state: 'missing', files: [] },
    { name: 'should prevent', state: 'not applicable', reason: 'API', files: [] },
    { name: 'should be fast', state: 'not met', reason: 'it is slow', files: [] },
  ])
})

t.test('one failed point fails a name, and one that was skipped leaves it open', async (t) => {
  const title = '[e2e Services] should serve'
  const states = (one: FileReport) => upstreamResults(suites, [one])[0]?.cases[0]?.state
  t.equal(states(report([`${title} > a`], [`${title} > b`])), 'failed')
  t.equal(states(report([`${title} > a`], [], [`${title} > b`])), 'skipped')
})

t.test('what nothing shows, what fails, what is exempted and shown, and what no list has are problems', async (t) => {
  const shown = ['should serve', 'should prevent', 'should fly'].map((name) => `[e2e Services] ${name} > a point`)
  t.same(upstreamProblems(suites, [report(shown)]), [
    'missing: [e2e Services] should serve more',
    'shown, and exempted: [e2e Services] should prevent',
    'no such name: [e2e Services] should fly',
  ])
})

t.test('every name of the catalogue is there once', async (t) => {
  const titles = UPSTREAM_SUITES.flatMap(({ name, cases }) => cases.map(([each]) => `${name} ${each}`))
  t.equal(new Set(titles).size, titles.length)
  t.ok(titles.length > 100)
})
