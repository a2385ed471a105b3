import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { layoutOf } from './attribute-layout.ts'
import { type AttributeTable, encodeAttributes } from './attributes.ts'

const INNER = { weight: [4, 'u32'], note: [7, 'text'], port: [2, 'be16'] } as const satisfies AttributeTable
const TABLE = { small: [1, 'u16'], count: [3, 'u32'], inner: [9, INNER], last: [5, 'u16'] } as const satisfies AttributeTable

t.test('a layout has the model’s bytes and says where each value stands', async (t) => {
  const { bytes, offsets } = layoutOf(TABLE, { small: 1, inner: { weight: 2, note: 'abcd', port: 3 }, last: 4 })
  t.strictSame(
    bytes,
    hex(`0600 0100 0100 0000  2000 0980  0800 0400 02000000  0900 0700 61626364 00 000000  0600 0200 0003 0000
      0600 0500 0400 0000`),
  )
  t.strictSame(offsets, { small: 4, inner: { weight: 16, note: 24, port: 36 }, last: 44 })
})

t.test('writing over a copy gives the bytes of other values', async (t) => {
  const { bytes, offsets } = layoutOf(TABLE, { small: 0, inner: { weight: 0, port: 0 } })
  const copy = Buffer.from(bytes)
  copy.writeUInt16LE(7, offsets.small)
  copy.writeUInt32LE(8, offsets.inner.weight)
  copy.writeUInt16BE(9, offsets.inner.port)
  t.strictSame(copy, encodeAttributes(TABLE, { small: 7, inner: { weight: 8, port: 9 } }))
})
