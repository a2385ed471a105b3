/** The shape of a catalogue: data only, so that a run and its report read it without any test. */

/** Number, what is to be shown, and, for a case that cannot apply to us, why it cannot. */
export type CatalogueCase = readonly [number: number, rule: string, notApplicable?: string]

/** One list of cases; a test proves number 38 of the catalogue `bridge` with a title that begins with `[bridge 38]`. */
export interface Catalogue {
  readonly name: string
  readonly cases: readonly CatalogueCase[]
}
