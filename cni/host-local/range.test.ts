import t from 'tap'
import { parseCidr } from '#net/cidr.ts'
import { completeRange, formatRange, type RangeConfig, rangeHolds, rangesOverlap } from './range.ts'

const range = (subnet: string, rest: Omit<RangeConfig, 'subnet'> = {}) => completeRange({ subnet: parseCidr(subnet), ...rest })
/** Bounds and gateway of a range, as text. */
const described = (...parameters: Parameters<typeof range>): string => {
  const completed = range(...parameters)
  return `${formatRange(completed)} ${completed.gateway}`
}

t.test('defaults: gateway first, then all addresses up to the one before the IPv4 broadcast address', async (t) => {
  t.equal(described('192.0.2.0/24'), '192.0.2.1-192.0.2.254 192.0.2.1', '[host-local 43] /24')
  t.equal(described('192.0.2.0/25'), '192.0.2.1-192.0.2.126 192.0.2.1', '[host-local 44] /25')
  t.equal(described('192.0.2.0/30'), '192.0.2.1-192.0.2.2 192.0.2.1', 'the smallest')
  t.equal(
    described('2001:db8:1::/64'),
    '2001:db8:1::1-2001:db8:1:0:ffff:ffff:ffff:ffff 2001:db8:1::1',
    '[host-local 49] IPv6 has no broadcast address',
  )
})

t.test('prefixes that end inside a byte or group', async (t) => {
  t.equal(described('2001:db8:1::/63'), '2001:db8:1::1-2001:db8:1:1:ffff:ffff:ffff:ffff 2001:db8:1::1', '[host-local 47]')
  t.equal(described('192.0.2.0/23'), '192.0.2.1-192.0.3.254 192.0.2.1', '[host-local 48]')
})

t.test('[host-local 52] what the config gives is kept; a gateway may lie anywhere', async (t) => {
  t.equal(
    described('192.0.2.0/24', { rangeStart: '192.0.2.40', rangeEnd: '192.0.2.50', gateway: '192.0.2.254' }),
    '192.0.2.40-192.0.2.50 192.0.2.254',
  )
  t.equal(described('192.0.2.0/24', { gateway: '10.9.9.9' }), '192.0.2.1-192.0.2.254 10.9.9.9')
  t.equal(described('192.0.2.0/24', { rangeEnd: '192.0.2.255' }), '192.0.2.1-192.0.2.255 192.0.2.1', 'the broadcast address, if asked for')
})

t.test('bad ranges are refused with the reference’s sentences', async (t) => {
  const rows: readonly (readonly [string, () => unknown, string])[] = [
    [
      '[host-local 45] v4 host bits',
      () => range('192.0.2.12/24'),
      'Network has host bits set. For a subnet mask of length 24 the network address is 192.0.2.0',
    ],
    [
      '[host-local 46] v6 host bits',
      () => range('2001:db8:1::aaaa/64'),
      'Network has host bits set. For a subnet mask of length 64 the network address is 2001:db8:1::',
    ],
    ['[host-local 50] /31', () => range('192.0.2.0/31'), 'Network 192.0.2.0/31 too small to allocate from'],
    ['/127', () => range('2001:db8::/127'), 'Network 2001:db8::/127 too small to allocate from'],
    ['[host-local 51] start', () => range('192.0.2.0/24', { rangeStart: '192.0.3.0' }), 'RangeStart 192.0.3.0 not in network 192.0.2.0/24'],
    ['[host-local 51] end', () => range('192.0.2.0/24', { rangeEnd: '192.0.4.0' }), 'RangeEnd 192.0.4.0 not in network 192.0.2.0/24'],
    [
      '[host-local 51] start after end',
      () => range('192.0.2.0/24', { rangeStart: '192.0.2.50', rangeEnd: '192.0.2.40' }),
      'RangeStart 192.0.2.50 not in network 192.0.2.0/24',
    ],
    [
      'end before the default start',
      () => range('192.0.2.0/24', { rangeEnd: '192.0.2.0' }),
      'RangeEnd 192.0.2.0 not in network 192.0.2.0/24',
    ],
    [
      'end of the other family',
      () => range('192.0.2.0/24', { rangeEnd: '2001:db8::1' }),
      'RangeEnd 2001:db8::1 not in network 192.0.2.0/24',
    ],
    ['no subnet', () => completeRange({}), 'IP <nil> not v4 nor v6'],
  ]
  for (const [name, action, message] of rows) t.throws(action, { message }, name)
})

t.test('a range holds its bounds and what is between', async (t) => {
  const four = range('192.0.2.0/24', { rangeStart: '192.0.2.40', rangeEnd: '192.0.2.50' })
  const held = ['192.0.2.40', '192.0.2.45', '192.0.2.50']
  for (const address of held) t.ok(rangeHolds(four, address), `[host-local 53] ${address}`)
  for (const address of ['192.0.2.39', '192.0.2.51', '192.0.3.45', '2001:db8::1'])
    t.notOk(rangeHolds(four, address), `[host-local 53] ${address}`)
  const six = range('2001:db8:1::/64', { rangeStart: '2001:db8:1::40', rangeEnd: '2001:db8:1::50' })
  for (const address of ['2001:db8:1::40', '2001:db8:1::50']) t.ok(rangeHolds(six, address), `[host-local 54] ${address}`)
  for (const address of ['2001:db8:1::3f', '2001:db8:1::51', '192.0.2.45']) t.notOk(rangeHolds(six, address), `[host-local 54] ${address}`)
})

t.test('overlap, in both directions', async (t) => {
  const rows: readonly (readonly [string, ReturnType<typeof range>, ReturnType<typeof range>, boolean])[] = [
    ['[host-local 55] disjoint', range('10.0.1.0/24'), range('10.0.2.0/24'), false],
    ['[host-local 56] families', range('10.0.1.0/24'), range('2001:db8::/64'), false],
    ['[host-local 57] identical', range('10.0.1.0/24'), range('10.0.1.0/24'), true],
    ['[host-local 58] containing', range('10.0.0.0/20'), range('10.0.2.0/24'), true],
    [
      '[host-local 59] one subnet, split',
      range('10.0.1.0/24', { rangeEnd: '10.0.1.127' }),
      range('10.0.1.0/24', { rangeStart: '10.0.1.128' }),
      false,
    ],
    [
      '[host-local 60] one subnet, touching',
      range('10.0.1.0/24', { rangeEnd: '10.0.1.127' }),
      range('10.0.1.0/24', { rangeStart: '10.0.1.127' }),
      true,
    ],
  ]
  for (const [name, one, other, expected] of rows) {
    t.equal(rangesOverlap(one, other), expected, name)
    t.equal(rangesOverlap(other, one), expected, `${name}, reversed`)
  }
})
