/** A sample of kills: mostly around the calls that change something. kill.soak.ts tries them all. SOAK_SEED repeats a sample. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline } from '../../soak.ts'
import { buildExecutables } from '../plugin.ts'
import { type Boundary, isChange } from './boundaries.ts'
import { chooseSeed, makeRandom, type Random } from './random.ts'
import { SCENARIOS } from './scenarios.ts'
import { nameOf, sweep } from './sweep.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'strace', 'nft', 'iptables-legacy')
const seed = chooseSeed()
const random = makeRandom(seed)

/** Calls of the engine's threads and memory, of which one run has more than another. */
const UNSTEADY = ['futex', 'madvise', 'mmap', 'mprotect', 'munmap']

/** Places where something was changed or is about to be, and one in five anywhere. */
const sample =
  (random: Random, size: number) =>
  (boundaries: readonly Boundary[]): Boundary[] => {
    const near = boundaries.filter(
      (boundary, index) =>
        !UNSTEADY.includes(boundary.name) && [boundary, boundaries[index - 1]].some((each) => each !== undefined && isChange(each)),
    )
    return [...random.shuffled(near).slice(0, size - Math.floor(size / 5)), ...random.shuffled(boundaries).slice(0, Math.floor(size / 5))]
  }

const TRIALS = [
  { scenario: SCENARIOS.chain, verb: 'ADD', type: 'bridge', size: 8 },
  { scenario: SCENARIOS.chain, verb: 'DEL', type: 'bridge', size: 2 },
  { scenario: SCENARIOS.chain, verb: 'ADD', type: 'portmap', size: 3 },
  { scenario: SCENARIOS.chain, verb: 'DEL', type: 'portmap', size: 2 },
  { scenario: SCENARIOS.masquerade, verb: 'ADD', type: 'bridge', size: 2 },
  { scenario: SCENARIOS.masqueradeNft, verb: 'DEL', type: 'bridge', size: 2 },
  { scenario: SCENARIOS.nftables, verb: 'ADD', type: 'portmap', size: 3 },
  { scenario: SCENARIOS.nftables, verb: 'DEL', type: 'portmap', size: 2 },
  { scenario: SCENARIOS.legacy, verb: 'ADD', type: 'portmap', size: 3 },
  { scenario: SCENARIOS.legacy, verb: 'DEL', type: 'portmap', size: 2 },
  { scenario: SCENARIOS.nftables, verb: 'ADD', type: 'portmap', program: '/usr/sbin/nft', size: 2 },
  { scenario: SCENARIOS.iptables, verb: 'ADD', type: 'portmap', program: '/usr/sbin/iptables-restore', size: 2 },
  { scenario: SCENARIOS.legacy, verb: 'DEL', type: 'portmap', program: '/usr/sbin/iptables-legacy-restore', size: 2 },
] as const

for (const { size, ...trial } of TRIALS) {
  t.test(`${trial.scenario.title}: ${nameOf(trial)} may die anywhere (seed ${seed})`, NEEDS, async (t) => {
    // Enough for all of them, but for a machine that is busy with ten other things.
    const isOver = deadline(5 / 60)
    await sweep(t, { ...trial, cleanups: ['DEL', 'GC'], choose: sample(random, size), goOn: () => !isOver() })
  })
}
