import t from 'tap'
import { nestsOf } from './nftables-element-bytes.ts'

t.test('an element is a nest of its key, its data and the end of its range, each a nest with one value, padded', async (t) => {
  const [nest, ...others] = nestsOf([{ key: Buffer.of(1, 2, 3, 4), data: Buffer.of(5, 6), keyEnd: Buffer.of(7, 8, 9, 10) }])
  t.equal(
    nest?.toString('hex'),
    '2c000380' + '28000180' + '0c000180' + '0800010001020304' + '0c000280' + '0600010005060000' + '0c000a80' + '080001000708090a',
  )
  t.same(others, [])
})

t.test('elements that do not fit one nest go into several, none of them longer than its length can say', async (t) => {
  const elements = Array.from({ length: 9_000 }, (_, index) => ({ key: Buffer.of(10, 0, index >> 8, index & 255) }))
  const nests = nestsOf(elements)
  t.same(
    nests.map((nest) => [nest.length, nest.readUInt16LE(0)]),
    [
      [60_004, 60_004],
      [60_004, 60_004],
      [24_004, 24_004],
    ],
  )
  const read = nests.flatMap((nest) => Array.from({ length: (nest.length - 4) / 16 }, (_, index) => nest.readUInt16BE(18 + 16 * index)))
  t.same(
    read,
    elements.map((_, index) => index),
  )
})
