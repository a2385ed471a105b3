/** The shape of a list of upstream names: data only, so that a run and its report read it without any test. */

/** Why no test shows a name: it cannot apply to a service proxy, or what it asks for is not there. */
export type Exemption = { readonly notApplicable: string } | { readonly notMet: string }

/** Upstream's own words, and for a name that nothing shows, why. */
export type UpstreamCase = readonly [name: string, exemption?: Exemption]

/** One file of test/e2e/network; a test shows a name with a title that is `[e2e SUITE] NAME`. */
export interface UpstreamSuite {
  readonly name: string
  readonly file: string
  readonly cases: readonly UpstreamCase[]
}

/** What only the API server and its controllers decide. */
export const API_ONLY = { notApplicable: 'about the API server and its controllers; no proxy takes part' } as const
