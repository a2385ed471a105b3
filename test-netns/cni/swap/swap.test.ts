/** Either suite takes over from the other on a running node: every value of what swap tests vary, and every known difference. swap.soak.ts has every two values, and more. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { deadline } from '../../soak.ts'
import { buildExecutables } from '../plugin.ts'
import { unused } from './accept.ts'
import { DIMENSIONS, type SwapCase } from './dimensions.ts'
import { KNOWN_DIFFERENCES } from './known-differences.ts'
import { pairwise, product, sampleOf } from './select-cases.ts'
import { swapCases } from './swap-cases.ts'
import { GO_BIN } from './trial.ts'

t.before(buildExecutables)

/** What takes three values to show. */
const MORE: readonly Partial<SwapCase>[] = [
  { iptables: 'legacy', ports: 'twenty ports' },
  { gateway: 'no gateway', ipam: 'two sets', masquerade: 'ipMasq' },
]

const cases = [
  ...sampleOf(
    pairwise(DIMENSIONS),
    2,
    KNOWN_DIFFERENCES.map(({ where }) => where),
  ),
  ...product(DIMENSIONS, []).flatMap((ordinary) => MORE.map((fields) => ({ ...ordinary, ...fields }))),
]

/** Seconds that a test file may take; 60 are plenty here, and too few where the machine is emulated. */
const PATIENCE = Number(process.env.TAP_TIMEOUT ?? 120)
t.setTimeout(PATIENCE * 1000)

const needs = requires('root', 'nft', 'iptables-legacy', `${GO_BIN}/bridge`)

t.test('what one suite attached, the other one checks and removes as if it were its own', needs, async (t) => {
  const isOver = deadline((PATIENCE * 0.8) / 60)
  const tried = await swapCases(t, cases, () => !isOver())
  t.pass('every case was tried', tried < cases.length ? { skip: `this machine is too slow for more than ${tried} of ${cases.length}` } : {})
})

t.test('every known difference is one of these cases’', async (t) => {
  t.same(unused(cases), [])
})
