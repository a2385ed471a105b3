/** A few seconds of fuzzing the executables. SOAK_SEED repeats a run. */
import t from 'tap'
import { requires } from '../../../rig/requires.ts'
import { deadline } from '../../../soak.ts'
import { buildExecutables } from '../../plugin.ts'
import { chooseSeed, makeRandom } from '../random.ts'
import { fuzzExecutables } from './process.ts'

t.before(buildExecutables)

const seed = chooseSeed()

t.test(`whatever an executable is asked, it answers and writes nowhere else (seed ${seed})`, requires('root', 'unshare', 'nsenter'), (t) =>
  fuzzExecutables(t, makeRandom(seed), deadline(4 / 60)),
)
