import { readFileSync } from 'node:fs'
import t from 'tap'
import { CNI_CATALOGUES } from '../../test-netns/cni/checklist/catalogue.ts'
import { RECORDING, readRecording } from '../../test-netns/cni/golden/recording.ts'
import { UPSTREAM_SUITES } from '../../test-netns/vm-only/proxy/e2e/catalogue.ts'
import { judgeConformance } from './judge-conformance.ts'
import type { FileReport } from './read-tap.ts'

/** A point for each case there is. */
const titles = [
  ...CNI_CATALOGUES.flatMap(({ name, cases }) => cases.map(([number]) => `a.test.ts > [${name} ${number}] rule`)),
  ...readRecording(RECORDING).map((_, index) => `a.test.ts > [recorded ${index + 1}] case`),
  ...UPSTREAM_SUITES.flatMap(({ name, cases }) =>
    cases.filter(([, exemption]) => exemption === undefined).map(([each]) => `a.test.ts > [e2e ${name}] ${each} > a point`),
  ),
]
const [first = ''] = titles

const run = (passed: readonly string[], skipped: readonly string[] = []): FileReport[] => [
  { file: 'a.test.ts', passed, failures: [], skips: skipped.map((name) => ({ name, detail: 'no root' })), milliseconds: 1 },
]

t.test('a document that is not what a run found is told of, and written when asked for', async (t) => {
  const document = `${t.testdir()}/docs/conformance.md`
  const stale = [`${document} is not what this run found: npm test -- --write-conformance`]
  t.same(judgeConformance(run(titles), { document, write: false }), stale)
  t.same(judgeConformance(run(titles), { document, write: true }), [])
  t.same(judgeConformance(run(titles), { document, write: false }), [])
  t.match(readFileSync(document, 'utf8'), '| all | 150 | 150 | 0 | 0 | 0 |')
  const elsewhere = run(titles).map((report) => ({ ...report, file: 'b.test.ts' }))
  t.same(judgeConformance(elsewhere, { document, write: false }), stale)
})

t.test('a case that nothing shows is a problem, whatever the document says', async (t) => {
  const document = `${t.testdir()}/conformance.md`
  t.same(judgeConformance(run(titles.slice(1)), { document, write: true }), ['missing: [bridge 1] vlanTrunk: an empty list means no VLAN'])
  t.match(readFileSync(document, 'utf8'), '| bridge 1 | vlanTrunk: an empty list means no VLAN | **missing** |')
})

t.test('a run that skipped a case neither judges nor writes', async (t) => {
  const document = `${t.testdir()}/conformance.md`
  const skipping = run(titles.slice(1), [first])
  t.same(judgeConformance(skipping, { document, write: false }), [])
  t.same(judgeConformance(skipping, { document, write: true }), [`${document} is not written: this run skipped [bridge 1]`])
  t.throws(() => readFileSync(document), { code: 'ENOENT' })
})
