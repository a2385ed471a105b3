import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { here } from './places.ts'
import type { FileReport } from './read-tap.ts'

/** Runs files here, as an ordinary user's; what was reported of them, and what was said beside. */
const runHere = async (...files: string[]) => {
  const reports: FileReport[] = []
  const complaints = new PassThrough()
  const said = text(complaints)
  await here(false, { complaints }).run(files, (report) => reports.push(report))
  complaints.end()
  return { reports, said: await said }
}

t.test('a run that cannot start is reported as failed, file by file, and says why', async (t) => {
  const { reports, said } = await runHere('test-netns/a.test.ts', '--no-such-option')
  t.match(reports, [
    { file: 'test-netns/a.test.ts', passed: [], failures: [{ detail: 'the run ended with 1' }] },
    { file: '--no-such-option', passed: [], failures: [{ detail: 'the run ended with 1' }] },
  ])
  t.match(said, "Unknown option '--no-such-option'")
})

t.test('a file that is not there is reported as failed', async (t) => {
  const { reports, said } = await runHere('nowhere/a.test.ts')
  t.match(reports, [{ file: 'nowhere/a.test.ts', passed: [], failures: [{ detail: { reason: 'ended with 1' } }] }])
  t.equal(reports.length, 1)
  t.match(said, /Cannot find module .*nowhere\/a\.test\.ts/)
})
