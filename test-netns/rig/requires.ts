/** Skipping what a user's machine cannot do; where CI=true, failing instead. */
import { lacks, type Need } from './capabilities.ts'

/**
 * The options of a test that needs more than Node: `t.test('a title', requires('root', 'ipvs', 'ipvsadm'), async (t) => …)`.
 * Skips with a sentence that says what is missing.
 * @throws Error where CI=true and something is missing: there, nothing may be skipped
 */
export const requires = (...needs: Need[]): { readonly skip: string | false } => {
  const reasons = needs.map(lacks).filter((reason) => reason !== undefined)
  if (reasons.length === 0) return { skip: false }
  if (process.env.CI === 'true') throw new Error(`${reasons.join('; ')}, and with CI=true nothing may be skipped`)
  return { skip: `skipped: ${reasons.join('; ')}` }
}
