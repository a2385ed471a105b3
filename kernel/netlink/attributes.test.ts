import t from 'tap'
import { hex, randomFor } from '../testing/bytes.ts'
import { type AttributeTable, decodeAttributes, encodeAttributes, listElements } from './attributes.ts'

const INNER = { weight: [4, 'u32'], note: [7, 'text'] } as const satisfies AttributeTable
const TABLE = {
  small: [1, 'u16'],
  port: [2, 'be16'],
  count: [3, 'u32'],
  flags: [4, 'be32'],
  bytes64: [5, 'u64'],
  name: [6, 'text'],
  raw: [8, 'bytes'],
  inner: [9, INNER],
} as const satisfies AttributeTable

const VALUES = {
  small: 0x1234,
  port: 0x1f90,
  count: 0x01020304,
  flags: 0x01020304,
  bytes64: 0x0102030405060708n,
  name: 'rr',
  raw: hex('aabbccddee'),
  inner: { weight: 5, note: 'x' },
}

const BYTES = hex(`
  0600 0100 3412 0000
  0600 0200 1f90 0000
  0800 0300 04030201
  0800 0400 01020304
  0c00 0500 0807060504030201
  0700 0600 7272 00 00
  0900 0800 aabbccddee 000000
  1400 0980
    0800 0400 05000000
    0600 0700 78 00 0000
`)

t.test('each kind of value has the bytes that netlink.h gives it', async (t) => {
  t.equal(encodeAttributes(TABLE, VALUES).toString('hex'), BYTES.toString('hex'))
})

t.test('decoding gives the values back', async (t) => {
  t.strictSame(decodeAttributes(TABLE, BYTES), VALUES)
})

t.test('attributes stand in the order of the table, whatever the order of the values', async (t) => {
  t.strictSame(encodeAttributes(TABLE, { count: 1, small: 2 }), hex('0600 0100 0200 0000  0800 0300 01000000'))
})

t.test('a value that is undefined is not sent', async (t) => {
  t.strictSame(encodeAttributes(TABLE, { count: undefined, small: 2 }), hex('0600 0100 0200 0000'))
})

t.test('attributes that the table does not know, and the flag bits of a type, are skipped', async (t) => {
  t.strictSame(decodeAttributes(TABLE, hex('0800 6300 ffffffff  0600 0240 1f90 0000')), { port: 8080 })
})

t.test('the last attribute needs no padding', async (t) => {
  t.strictSame(decodeAttributes(TABLE, hex('0600 0200 1f90')), { port: 8080 })
})

t.test('a text ends at its NUL', async (t) => {
  t.strictSame(decodeAttributes(TABLE, hex('0c00 0600 7272 00 6a756e6b ff')), { name: 'rr' })
})

for (const [what, bytes] of [
  ['shorter than its own header', '0300 0100 1234 0000'],
  ['longer than the message', '0a00 0100 1234 0000'],
  ['too short for its kind', '0600 0300 0102 0000'],
] as const) {
  t.test(`an attribute ${what} is refused as EPROTO`, async (t) => {
    t.throws(() => decodeAttributes(TABLE, hex(bytes)), { name: 'KernelError', code: 'EPROTO' })
  })
}

t.test('a number that its kind cannot hold is refused and not cut off', async (t) => {
  t.throws(() => encodeAttributes(TABLE, { port: 0x10000 }), RangeError)
  t.throws(() => encodeAttributes(TABLE, { count: -1 }), RangeError)
})

t.test('a list gives its elements whatever their numbers', async (t) => {
  t.strictSame(listElements(hex('0800 0100 01000000  0600 0100 0200 0000')), [hex('01000000'), hex('0200')])
})

t.test('random values survive the round trip', async (t) => {
  const random = randomFor(t)
  const values = Array.from({ length: 200 }, () => ({
    small: random(0x10000),
    port: random(0x10000),
    count: random(2 ** 32),
    bytes64: (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32)),
    name: 'n'.repeat(random(16)),
    raw: Buffer.from(Array.from({ length: random(40) }, () => random(256))),
    inner: { weight: random(2 ** 32) },
  }))
  t.strictSame(
    values.map((value) => decodeAttributes(TABLE, encodeAttributes(TABLE, value))),
    values,
  )
})
