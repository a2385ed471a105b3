import t from 'tap'
import { here } from './places.ts'
import type { FileReport } from './read-tap.ts'

t.test('a run that cannot start is reported as failed, file by file', async (t) => {
  const reports: FileReport[] = []
  await here(false).run(['test-netns/a.test.ts', '--no-such-option'], (report) => reports.push(report))
  t.match(reports, [
    { file: 'test-netns/a.test.ts', passed: [], failures: [{ detail: 'the run ended with 1' }] },
    { file: '--no-such-option', passed: [], failures: [{ detail: 'the run ended with 1' }] },
  ])
})

t.test('a file that is not there is reported as failed', async (t) => {
  const reports: FileReport[] = []
  await here(false).run(['nowhere/a.test.ts'], (report) => reports.push(report))
  t.match(reports, [{ file: 'nowhere/a.test.ts', passed: [], failures: [{ detail: { reason: 'ended with 1' } }] }])
  t.equal(reports.length, 1)
})
