import { putU32 } from 'netlink/dist/structs.js'
import t from 'tap'
import { hex } from '../testing/bytes.ts'
import { attribute, attributesOf, familyNumber, familyNumberOf, familyOfNumber, macBytes, nested, putBytes, putName } from './wire.ts'

t.test('an attribute is length, type and value, padded outside its length', async (t) => {
  t.same(Buffer.concat(attribute(4, 1500, putU32)), hex('0800 0400 dc050000'))
  t.same(Buffer.concat(attribute(3, hex('aabbcc'), putBytes)), hex('0700 0300 aabbcc 00'))
  t.same(Buffer.concat(attribute(3, hex(''), putBytes)), hex('0400 0300'))
})

t.test('an absent value is no attribute; zero and false are values', async (t) => {
  t.same(attribute(4, undefined, putU32), [])
  t.same(Buffer.concat(attribute(4, 0, putU32)), hex('0800 0400 00000000'))
})

t.test('a nest is flagged as one, holds its children aligned, and may be empty', async (t) => {
  const children = [attribute(4, hex('01'), putBytes), attribute(33, hex('00'), putBytes)]
  t.same(Buffer.concat(nested(12, ...children)), hex('1400 0c80 0500 0400 01 000000 0500 2100 00 000000'))
  t.same(Buffer.concat(nested(2)), hex('0400 0280'))
})

t.test('attributes are read by type, without their flags', async (t) => {
  const attributes = attributesOf(hex('0500 0400 01 000000 0800 0c80 0400 0100 0600 0f40 abcd 0000'))
  t.same(
    [...attributes],
    [
      [4, hex('01')],
      [12, hex('0400 0100')],
      [15, hex('abcd')],
    ],
  )
  t.same([...attributesOf(hex(''))], [])
})

t.test('the last attribute needs no padding', async (t) => {
  t.same([...attributesOf(hex('0500 0400 01'))], [[4, hex('01')]])
})

t.test('attributes whose lengths do not add up are refused', async (t) => {
  for (const bytes of ['0300 0100', '0000 0100', '0900 0100 01020304', '0500 0400 01 000000 08', '0400']) {
    t.throws(() => attributesOf(hex(bytes)), { code: 'EPROTO' }, bytes)
  }
})

t.test('families have the kernel’s numbers', async (t) => {
  t.same([familyNumber(4), familyNumber(6), familyNumberOf('10.0.0.1'), familyNumberOf('::1')], [2, 10, 2, 10])
  t.same([familyOfNumber(2), familyOfNumber(10), familyOfNumber(28), familyOfNumber(0)], [4, 6, undefined, undefined])
})

t.test('a MAC address is six bytes, in either case', async (t) => {
  t.same([...macBytes('0a:1b:2C:3D:4e:ff')], [0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0xff])
  const wrong = [
    '',
    '0a:1b:2c:3d:4e',
    '0a:1b:2c:3d:4e:5f:60',
    '0a-1b-2c-3d-4e-5f',
    'a:b:c:d:e:f',
    '0a:1b:2c:3d:4e:5g',
    ' 0a:1b:2c:3d:4e:5f',
  ]
  for (const mac of wrong) t.throws(() => macBytes(mac), { code: 'EINVAL' }, mac)
  t.throws(() => macBytes('zz'), { message: 'MAC address "zz": invalid argument' })
})

t.test('a name is a C string, and cannot end early', async (t) => {
  t.same(putName('eth0'), hex('65746830 00'))
  t.same(putName('é'), hex('c3a9 00'))
  t.throws(() => putName('eth0\0x'), { code: 'EINVAL' })
})
