/** Either suite takes over from the other: every two values together, then every combination of what the bridge's config says, and of what portmap's says, or as many as there is time for. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline, soakMinutes } from '../../soak.ts'
import { chooseSeed, makeRandom } from '../faults/random.ts'
import { buildExecutables } from '../plugin.ts'
import { DIMENSIONS } from './dimensions.ts'
import { pairwise, product } from './select-cases.ts'
import { swapCases } from './swap-cases.ts'
import { GO_BIN } from './trial.ts'

t.before(buildExecutables)

const PRODUCTS = {
  pairs: pairwise(DIMENSIONS),
  bridge: product(DIMENSIONS, ['cniVersion', 'families', 'gateway', 'link', 'masquerade', 'ipam']),
  portmap: product(DIMENSIONS, ['cniVersion', 'families', 'ports', 'marking', 'iptables']),
}

const seed = chooseSeed()
const random = makeRandom(seed)

for (const [name, cases] of Object.entries(PRODUCTS)) {
  t.test(
    `${name}, ${cases.length} configurations (seed ${seed})`,
    requires('root', 'nft', 'iptables-legacy', `${GO_BIN}/bridge`),
    async (t) => {
      const isOver = deadline(soakMinutes() / Object.keys(PRODUCTS).length)
      // Shuffled, so that a run that is too short for all of them is a fair sample.
      await swapCases(t, random.shuffled(cases), () => !isOver())
    },
  )
}
