/** kill -9 at every system call of every verb. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { buildExecutables } from '../plugin.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { SCENARIOS } from './scenarios.ts'
import { sweep } from './sweep.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'strace', 'nft', 'iptables-legacy')
const seed = chooseSeed()
const random = makeRandom(seed)

const TARGETS = Object.values(SCENARIOS).flatMap((scenario) =>
  scenario.plugins.flatMap(({ type }) => (['ADD', 'DEL'] as const).map((verb) => ({ scenario, verb, type }))),
)

for (const target of TARGETS) {
  t.test(`${target.scenario.title}: ${target.verb} of ${target.type} may die anywhere (seed ${seed})`, NEEDS, async (t) => {
    const isOver = deadline(soakMinutes() / TARGETS.length)
    // Shuffled, so that a run that is too short for all of them is a fair sample.
    await sweep(t, { ...target, cleanups: ['DEL'], choose: (all) => random.shuffled(all), goOn: () => !isOver() })
  })
}
