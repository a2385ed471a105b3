/** The recorded cases as tests: after each step the same output, files, links, routes and rules, but for what differs on purpose. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { DELIBERATE } from './deliberate.ts'
import { RECORDING, readRecording } from './recording.ts'
import { differencesOf, replay } from './replay.ts'

/** Seconds for the cases of one file, on a machine that is busy with others. */
const PATIENCE = 120

/** A test for each recorded case of these plugins, under its number in the recording. */
export const testRecordedCases = (...plugins: readonly string[]): void => {
  // The executables wait for the kernel, and it for them.
  t.jobs = 2
  t.setTimeout(1000 * Math.max(PATIENCE, Number(process.env.TAP_TIMEOUT ?? 0)))
  t.before(buildExecutables)
  for (const [index, recorded] of readRecording(RECORDING).entries()) {
    if (!plugins.includes(recorded.plugin)) continue
    const { ours = {}, reason } = DELIBERATE.find(({ name }) => name === recorded.name) ?? {}
    const title = `[recorded ${index + 1}] ${recorded.name}${reason === undefined ? '' : `, but: ${reason}`}`
    t.test(title, requires('root', 'ip', 'iptables', 'nft'), async (t) => {
      for (const [index, { recorded: step, observed }] of (await replay(recorded)).entries()) {
        const better = ours[index + 1] ?? {}
        t.same(differencesOf({ recorded: { ...step, ...better }, observed }), {}, `step ${index + 1}, ${step.verb}`)
      }
    })
  }
}
