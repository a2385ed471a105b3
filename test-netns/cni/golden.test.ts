/** Every recorded case of the reference plugins, replayed with ours: after each step the same output, files, links, routes and rules. */
import t from 'tap'
import { requires } from '../rig/requires.ts'
import { DELIBERATE } from './golden/deliberate.ts'
import { RECORDING, readRecording } from './golden/recording.ts'
import { differencesOf, isSame, replay } from './golden/replay.ts'
import { buildExecutables } from './plugin.ts'

// The executables wait for the kernel, and it for them.
t.jobs = 2
t.setTimeout(120_000)
t.before(buildExecutables)

const cases = readRecording(RECORDING)

for (const [index, recorded] of cases.entries()) {
  const { ours = {}, reason } = DELIBERATE.find(({ name }) => name === recorded.name) ?? {}
  const needs = requires('root', 'ip', 'iptables', 'nft')
  t.test(`[recorded ${index + 1}] ${recorded.name}${reason === undefined ? '' : `, but: ${reason}`}`, needs, async (t) => {
    for (const [index, { recorded: step, observed }] of (await replay(recorded)).entries()) {
      const better = ours[index + 1] ?? {}
      t.same(differencesOf({ recorded: { ...step, ...better }, observed }), {}, `step ${index + 1}, ${step.verb}`)
    }
  })
}

t.test('what differs on purpose is recorded, and recorded otherwise', async (t) => {
  for (const { name, ours } of DELIBERATE) {
    const steps = cases.find((each) => each.name === name)?.steps ?? []
    for (const [number, better] of Object.entries(ours)) {
      const same = Object.keys(better).filter((key) => isSame(key, steps[Number(number) - 1]?.[key], better[key]))
      t.same(same, [], `${name}, step ${number}`)
    }
  }
})
