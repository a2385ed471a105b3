import t from 'tap'
import { DELIBERATE } from './deliberate.ts'
import { RECORDING, readRecording } from './recording.ts'
import { isSame } from './replay.ts'

const cases = readRecording(RECORDING)

t.test('all recorded cases are of the four plugins, and have names of their own', async (t) => {
  t.same([...new Set(cases.map(({ plugin }) => plugin))].sort(), ['bridge', 'host-local', 'loopback', 'portmap'])
  t.equal(new Set(cases.map(({ name }) => name)).size, 126)
})

t.test('what differs on purpose is recorded, and recorded otherwise', async (t) => {
  for (const { name, ours } of DELIBERATE) {
    const steps = cases.find((each) => each.name === name)?.steps ?? []
    for (const [number, better] of Object.entries(ours)) {
      const same = Object.keys(better).filter((key) => isSame(key, steps[Number(number) - 1]?.[key], better[key]))
      t.same(same, [], `${name}, step ${number}`)
      t.ok(steps[Number(number) - 1], `${name} has a step ${number}`)
    }
  }
})
