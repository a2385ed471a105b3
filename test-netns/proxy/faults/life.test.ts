/** A short life under faults, the same at every run; `life.soak.ts` has longer ones by chance. SOAK_SEED makes it another one. */
import t from 'tap'
import { chooseSeed } from '../../cni/faults/random.ts'
import { live } from './life.ts'

const seed = process.env.SOAK_SEED === undefined ? 1941002916 : chooseSeed()

t.test(`changes, refusals, drift and restarts in any order (seed ${seed})`, async (t) => {
  let left = 60
  const rests = live(t, seed, () => left-- === 0)
  t.equal(rests, 60)
})
