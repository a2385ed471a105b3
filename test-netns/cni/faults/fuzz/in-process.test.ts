/** A fuzz of all plugins in this process, on simulated machines. SOAK_SEED repeats a run. */
import t from 'tap'
import { chooseSeed, makeRandom } from '../random.ts'
import { fuzzSimulated } from './simulated-suite.ts'

const CALLS = 1500

const seed = chooseSeed()

t.test(`whatever a plugin is asked, it answers with a result or an error object (seed ${seed})`, async (t) => {
  let left = CALLS
  const { succeeded, failed } = fuzzSimulated(t, makeRandom(seed), () => left-- === 0)
  // A fuzz that is refused at the door tests nothing.
  t.ok(succeeded > CALLS / 10, 'many succeed')
  t.ok(failed > CALLS / 10, 'many fail')
})
