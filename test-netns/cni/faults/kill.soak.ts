/** kill -9 at every system call of every verb. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { buildExecutables } from '../plugin.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { SCENARIOS } from './scenarios.ts'
import { nameOf, sweep } from './sweep.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'strace', 'nft', 'iptables-legacy')
const seed = chooseSeed()
const random = makeRandom(seed)

const VERBS = ['ADD', 'DEL'] as const

const TARGETS = [
  ...Object.values(SCENARIOS).flatMap((scenario) =>
    scenario.plugins.flatMap(({ type }) => VERBS.map((verb) => ({ scenario, verb, type }))),
  ),
  ...VERBS.flatMap((verb) => [
    { scenario: SCENARIOS.nftables, verb, type: 'portmap', program: '/usr/sbin/nft' },
    { scenario: SCENARIOS.iptables, verb, type: 'portmap', program: '/usr/sbin/iptables-restore' },
  ]),
]

for (const target of TARGETS) {
  t.test(`${target.scenario.title}: ${nameOf(target)} may die anywhere (seed ${seed})`, NEEDS, async (t) => {
    const isOver = deadline(soakMinutes() / TARGETS.length)
    // Shuffled, so that a run that is too short for all of them is a fair sample.
    await sweep(t, { ...target, cleanups: ['DEL', 'GC'], choose: (all) => random.shuffled(all), goOn: () => !isOver() })
  })
}
