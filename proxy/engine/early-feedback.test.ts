import { execFileSync } from 'node:child_process'
import t from 'tap'

/** %GetFeedback is V8's own word for what it has taken note of. Prints how many notes there are of a function that was called once. */
const probe = (before: string): string => `
import { runInThisContext } from 'node:vm'
import { takeFeedbackEarly } from '${import.meta.dirname}/early-feedback.ts'
${before}
process.stdout.write(String(runInThisContext('const next = (item) => item.x + 1; next({ x: 1 }); %GetFeedback(next).length')))
`
const notesAfter = (before: string): string =>
  execFileSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '--eval', probe(before)], { encoding: 'utf8' })

t.test('the engine takes note of what a function works on at its first call, which it does not by itself', async (t) => {
  t.equal(notesAfter('takeFeedbackEarly()'), '2')
  t.equal(notesAfter(''), '0')
})
