/**
 * The reference plugins' own test cases, as names that test titles begin with: `[bridge 38] …`. A run collects the titles and says which
 * cases are proven (scripts/testing/conformance.ts); docs/conformance.md is what a run found.
 */
import { BRIDGE_CASES } from './bridge-cases.ts'
import type { Catalogue, CatalogueCase } from './case.ts'
import { HOST_LOCAL_CASES } from './host-local-cases.ts'
import { PORTMAP_CASES } from './portmap-cases.ts'

const LOOPBACK_CASES: readonly CatalogueCase[] = [
  [1, 'ADD prints its result as JSON and raises lo, for every version'],
  [2, 'DEL prints nothing and lowers lo, for every version'],
]

/** All distinct cases, in the order of the reference's numbering: 59 bridge, 2 loopback, 63 host-local, 26 portmap. */
export const CNI_CATALOGUES: readonly Catalogue[] = [
  { name: 'bridge', cases: BRIDGE_CASES },
  { name: 'loopback', cases: LOOPBACK_CASES },
  { name: 'host-local', cases: HOST_LOCAL_CASES },
  { name: 'portmap', cases: PORTMAP_CASES },
]
