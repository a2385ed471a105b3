import t from 'tap'
import { addressBytes, addressFromBytes, addressNumber, addressOfNumber, familyOf, parseAddress, writeAddress } from './address.ts'

const CANONICAL: readonly (readonly [text: string, canonical: string])[] = [
  ['10.0.0.1', '10.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:DB8::00A1', '2001:db8::a1'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:0db8:0000:0000:0001:0000:0000:0000', '2001:db8:0:0:1::'],
  ['fe80:0:1:0:0:1:0:0', 'fe80:0:1::1:0:0'],
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:0a00:0001', '10.0.0.1'],
  ['::fffe:10.0.0.1', '::fffe:a00:1'],
  ['::10.0.0.1', '::a00:1'],
]

t.test('[ip] every spelling of an address has one canonical text, and that is its own', async (t) => {
  for (const [text, canonical] of CANONICAL) {
    t.equal(parseAddress(text), canonical, text)
    t.equal(parseAddress(canonical), canonical, `${canonical} again`)
  }
})

const INVALID = [
  ...['', ' ', '1', '1.2.3', '1.2.3.4.5', '1.2.3.', '.1.2.3', '1..2.3', '256.0.0.1', '1.2.3.1000', '01.2.3.4', '1.2.3.00', '0x1.2.3.4'],
  ...['1.2.3.4 ', ' 1.2.3.4', '1.2.3.4\n', '1.2.3.4\0', '-1.2.3.4', '+1.2.3.4', '1.2.3.4/24', '1e1.2.3.4', '\u0661.2.3.4'],
  ...[':', ':::', '1:', ':1', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8'],
  ...['12345::', 'g::', '1:2:3:4:5:6:7:1.2.3.4', '1.2.3.4::', '1:1.2.3.4::5', '::1.2.3.4:5', '::1.2.3', '::01.2.3.4', '::1.2.3.256'],
  ...['fe80::1%eth0', '[::1]', '::1/64', '::1\n', '1 ::'],
]

t.test('[ip] what Go does not take for an address is none', async (t) => {
  for (const text of INVALID) t.equal(parseAddress(text), undefined, JSON.stringify(text))
})

t.test('an address is its bytes in network order', async (t) => {
  t.same([...addressBytes('10.1.2.255')], [10, 1, 2, 255])
  t.same([...addressBytes('2001:db8::a1')], [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa1])
  t.throws(() => addressBytes('10.0.0.0/8'), new TypeError('invalid IP address 10.0.0.0/8'))
})

t.test('an address is written where it belongs, and says how long it is', async (t) => {
  const bytes = Buffer.alloc(8, 0xaa)
  t.equal(writeAddress('10.0.0.1', bytes, 2), 4)
  t.equal(bytes.toString('hex'), 'aaaa0a000001aaaa')
  const longer = Buffer.alloc(18, 0xaa)
  t.equal(writeAddress('2001:db8::a1', longer, 1), 16)
  t.equal(longer.toString('hex'), 'aa20010db80000000000000000000000a1aa')
  for (const text of ['', '10.0.0', '10.0.0.256', '10.0.0.1.1', '10.0.0.01', 'x', 'fd00::/8'])
    t.throws(() => writeAddress(text, bytes, 0), new TypeError(`invalid IP address ${text}`))
})

t.test('bytes are an address; 16 bytes that map IPv4 are the IPv4 address', async (t) => {
  t.equal(addressFromBytes(Uint8Array.of(192, 0, 2, 1)), '192.0.2.1')
  t.equal(addressFromBytes(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1)), '192.0.2.1')
  t.equal(addressFromBytes(Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), 'fe80::1')
})

t.test('the family of a canonical address shows in its text', async (t) => {
  t.equal(familyOf('10.0.0.1'), 4)
  t.equal(familyOf('::'), 6)
})

t.test('[ip] an address is a number, and back', async (t) => {
  t.equal(addressNumber('10.0.0.255'), 0x0a0000ffn)
  t.equal(addressNumber('2001:db8::1'), 0x20010db8000000000000000000000001n)
  t.equal(addressOfNumber(0x0a000100n, 4), '10.0.1.0')
  t.equal(addressOfNumber(0n, 6), '::')
  t.equal(addressOfNumber((1n << 128n) - 1n, 6), 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
})

t.test('any bytes are the bytes of their text', async (t) => {
  // Every way to place runs of zeros in eight groups, which is where texts of IPv6 differ.
  for (let zeros = 0; zeros < 256; zeros++) {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => ((zeros >> (index >> 1)) & 1 ? 0 : index * 17))
    t.same([...addressBytes(addressFromBytes(bytes))], [...bytes], addressFromBytes(bytes))
  }
})
