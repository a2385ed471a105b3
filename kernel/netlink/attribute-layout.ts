/** Messages of which thousands are sent that differ in a few numbers: encoded once, then copied and written over. */
import { ATTRIBUTE_HEADER_BYTES, type AttributeTable, type AttributeValues, encodeAttributes, valueSize } from './attributes.ts'

/** Where each of `values` stands in the bytes that encodeAttributes makes of them. */
export type Offsets<Table extends AttributeTable, Values> = {
  readonly [Name in keyof Values & keyof Table]: Table[Name][1] extends AttributeTable ? Offsets<Table[Name][1], Values[Name]> : number
}

/** A message encoded once as a model for many that differ in numbers only: copying it and writing over it is several times faster. */
export interface Layout<Table extends AttributeTable, Values> {
  readonly bytes: Buffer
  readonly offsets: Offsets<Table, Values>
}

/** Encodes a model; values whose size differs from the model's need one of their own. */
export const layoutOf = <Table extends AttributeTable, Values extends AttributeValues<Table>>(
  table: Table,
  values: Values,
): Layout<Table, Values> => ({
  bytes: encodeAttributes(table, values),
  offsets: offsetsOf(table, values, 0) as Offsets<Table, Values>,
})

type SomeValues = Readonly<Record<string, unknown>>

interface SomeOffsets {
  [name: string]: number | SomeOffsets
}

const offsetsOf = (table: AttributeTable, values: SomeValues, start: number): SomeOffsets => {
  const offsets: SomeOffsets = {}
  let at = start
  for (const name in table) {
    const kind = table[name]?.[1]
    const value = values[name]
    if (kind === undefined || value === undefined) continue
    at += ATTRIBUTE_HEADER_BYTES
    offsets[name] = typeof kind === 'object' ? offsetsOf(kind, value as SomeValues, at) : at
    at += valueSize(kind, value)
  }
  return offsets
}
