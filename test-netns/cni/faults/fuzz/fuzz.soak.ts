/** The fuzz for as long as there is time: in this process first, then the executables. */
import t from 'tap'
import { requires } from '../../../rig/requires.ts'
import { deadline, soakMinutes } from '../../../soak.ts'
import { buildExecutables } from '../../plugin.ts'
import { chooseSeed, makeRandom } from '../random.ts'
import { fuzzExecutables } from './process.ts'
import { fuzzSimulated } from './simulated-suite.ts'

t.before(buildExecutables)

const seed = chooseSeed()

t.test(`whatever a plugin is asked, it answers with a result or an error object (seed ${seed})`, async (t) => {
  fuzzSimulated(t, makeRandom(seed), deadline(soakMinutes() / 3))
})

t.test(`whatever an executable is asked, it answers and writes nowhere else (seed ${seed})`, requires('root', 'unshare', 'nsenter'), (t) =>
  fuzzExecutables(t, makeRandom(seed), deadline((soakMinutes() * 2) / 3)),
)
