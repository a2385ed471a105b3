/** Either suite takes over from the other on a running node: every two values of what swap tests vary, together at least once. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { unused } from './accept.ts'
import { DIMENSIONS } from './dimensions.ts'
import { pairwise } from './select-cases.ts'
import { swapCases } from './swap-cases.ts'
import { GO_BIN } from './trial.ts'

t.before(buildExecutables)

const cases = pairwise(DIMENSIONS)

t.test(
  'what one suite attached, the other one checks and removes as if it were its own',
  requires('root', 'nft', 'iptables-legacy', `${GO_BIN}/bridge`),
  (t) => swapCases(t, cases),
)

t.test('every known difference is one of these cases’', async (t) => {
  t.same(unused(cases), [])
})
