/** A short life under faults; `life.soak.ts` is a longer one. SOAK_SEED repeats a run. */
import t from 'tap'
import { chooseSeed } from '../../cni/faults/random.ts'
import { live } from './life.ts'

const seed = chooseSeed()

t.test(`changes, refusals, drift and restarts in any order (seed ${seed})`, async (t) => {
  let left = 60
  const rests = live(t, seed, () => left-- === 0)
  t.equal(rests, 60)
})
