/** 200 calls at the same time, of different pods and of the same. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { addDifferentPods, addSamePod } from './parallel.ts'
import { SCENARIOS } from './scenarios.ts'

t.before(buildExecutables)

t.test('200 different pods come and go at the same time', requires('root', 'nft'), (t) => addDifferentPods(t, 200))

for (const scenario of [SCENARIOS.masquerade, SCENARIOS.masqueradeNft, SCENARIOS.legacyChain]) {
  t.test(`100 pods of ${scenario.title} come and go at the same time`, requires('root', 'nft', 'iptables-legacy'), (t) =>
    addDifferentPods(t, 100, scenario),
  )
}

t.test('200 ADDs and DELs of the same pod at the same time make it once and leave nothing', requires('root', 'nft'), (t) =>
  addSamePod(t, 200),
)
