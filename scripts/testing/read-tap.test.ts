import t from 'tap'
import { frame, pointsOutput } from './frame.ts'
import { type FileReport, makeTapReader } from './read-tap.ts'
import { countsOf, fileLines, summaryLine, verdict } from './report.ts'

/** What becomes of the outputs of some files. */
const read = async (...files: { output: string; end?: number | string }[]): Promise<FileReport[]> => {
  const reports: FileReport[] = []
  const reader = makeTapReader((report) => reports.push(report))
  const complete = new Promise((resolve) => reader.once('complete', resolve))
  reader.write('TAP version 14\n')
  for (const [index, { output, end = 0 }] of files.entries()) {
    reader.write(frame(index + 1, { file: `f${index + 1}`, output, end, milliseconds: 1500 }))
  }
  reader.end(`1..${files.length}\n`)
  await complete
  return reports
}

const passing = 'TAP version 14\n# Subtest: rule\n    ok 1 - a\n    ok 2 - b\n    1..2\nok 1 - rule # time=1ms\n\n1..1\n'

t.test('points count, the tests around them do not', async (t) => {
  const [report] = await read({ output: passing })
  t.same(report, { file: 'f1', passed: ['f1 > rule > a', 'f1 > rule > b'], failures: [], skips: [], milliseconds: 1500 })
})

t.test('a failed point is told with the titles around it and all that is known', async (t) => {
  const output =
    '# Subtest: rule\n    not ok 1 - equal\n      ---\n      diff: |\n        -1\n        +2\n      ...\n    1..1\nnot ok 1 - rule\n1..1\n'
  const [report] = await read({ output, end: 1 })
  t.same(report?.failures, [{ name: 'f1 > rule > equal', detail: { diff: '-1\n+2\n' } }])
})

t.test('a file that dies, or says nothing, has failed once', async (t) => {
  const reports = await read({ output: passing, end: 'SIGSEGV' }, { output: '' }, { output: 'hello\n', end: 1 })
  t.match(reports, [
    { file: 'f1', passed: ['f1 > rule > a', 'f1 > rule > b'], failures: [{ detail: { reason: 'ended with SIGSEGV' } }] },
    { file: 'f2', passed: [], failures: [{ detail: { reason: 'said nothing about any test' } }] },
    { file: 'f3', passed: [], failures: [{ detail: { reason: 'ended with 1' } }] },
  ])
  t.same(countsOf(reports), { passed: 2, failed: 3, skipped: 0 })
})

t.test('a file that ends before its plan is fulfilled has failed', async (t) => {
  const [report] = await read({ output: 'ok 1 - a\n1..2\n', end: 0 })
  t.equal(report?.failures.length, 1)
})

t.test('skipped tests, skipped files and tests to be written count as skipped', async (t) => {
  const reports = await read({ output: 'ok 1 - a # SKIP no IPVS\nnot ok 2 - b # TODO\n1..2\n' }, { output: '1..0 # no root\n' })
  t.same(
    reports.flatMap(({ skips }) => skips.map(({ name }) => name)),
    ['f1 > a', 'f1 > b', 'f2'],
  )
  t.same(countsOf(reports), { passed: 0, failed: 0, skipped: 3 })
})

t.test('points found out here are read like any other', async (t) => {
  const [report] = await read({
    output: pointsOutput([
      { name: 'no links are left', found: [] },
      { name: 'no files are left', found: ['/a: b'] },
    ]),
  })
  t.match(report, { passed: ['f1 > no links are left'], failures: [{ name: 'f1 > no files are left', detail: { found: ['/a: b'] } }] })
})

t.test('the terminal shows a line per file, and failures in full', async (t) => {
  t.same(fileLines({ file: 'a', passed: ['a > b', 'a > c'], failures: [], skips: [], milliseconds: 340 }), ['  ok   a  2 passed  0.3 s'])
  const failures = [{ name: 'a > b', detail: { diff: '-1\n+2\n' } }]
  t.same(fileLines({ file: 'a', passed: [], failures, skips: [{ name: 'a > c', detail: 'no root' }], milliseconds: 0 }), [
    '  FAIL a  0 passed, 1 failed, 1 skipped  0.0 s',
    '',
    '       not ok: a > b',
    '         diff: |',
    '           -1',
    '           +2',
    '',
    '       skipped: a > c: no root',
  ])
})

t.test('a run is a success when something passed, nothing failed, and in CI nothing was skipped', async (t) => {
  t.equal(summaryLine({ passed: 3, failed: 2, skipped: 1 }), '3 passed, 2 failed, 1 skipped')
  t.equal(verdict({ passed: 3, failed: 0, skipped: 1 }, false), undefined)
  t.equal(verdict({ passed: 3, failed: 0, skipped: 1 }, true), 'with CI=true nothing may be skipped')
  t.equal(verdict({ passed: 3, failed: 1, skipped: 0 }, false), 'tests failed')
  t.equal(verdict({ passed: 0, failed: 0, skipped: 0 }, false), 'no test ran')
})
