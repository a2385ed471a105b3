/** kill -9 at every system call of every verb. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { buildExecutables } from '../plugin.ts'
import type { Target } from './kill.ts'
import { chooseSeed, makeRandom } from './random.ts'
import { SCENARIOS } from './scenarios.ts'
import type { Scenario } from './scene.ts'
import { nameOf, sweep } from './sweep.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'strace', 'nft', 'iptables-legacy')
const seed = chooseSeed()
const random = makeRandom(seed)

const VERBS = ['ADD', 'DEL'] as const

const TARGETS: readonly (Target & { readonly scenario: Scenario })[] = [
  ...Object.values(SCENARIOS).flatMap((scenario) =>
    scenario.plugins.flatMap(({ type }) => VERBS.map((verb) => ({ scenario, verb, type }))),
  ),
  // DEL removes by netlink what it can.
  { scenario: SCENARIOS.nftables, verb: 'ADD', type: 'portmap', program: '/usr/sbin/nft' },
  { scenario: SCENARIOS.iptables, verb: 'ADD', type: 'portmap', program: '/usr/sbin/iptables-restore' },
  ...VERBS.map((verb) => ({ scenario: SCENARIOS.legacy, verb, type: 'portmap', program: '/usr/sbin/iptables-legacy-restore' })),
]

for (const target of TARGETS) {
  t.test(`${target.scenario.title}: ${nameOf(target)} may die anywhere (seed ${seed})`, NEEDS, async (t) => {
    const isOver = deadline(soakMinutes() / TARGETS.length)
    // Shuffled, so that a run that is too short for all of them is a fair sample.
    await sweep(t, { ...target, cleanups: ['DEL', 'GC'], choose: (all) => random.shuffled(all), goOn: () => !isOver() })
  })
}
