import t from 'tap'
import { addressOf, flagOf, portOf, protocolOf, shown } from './fields.ts'

t.test('an address has one text, and what is none has none', async (t) => {
  t.equal(addressOf('10.0.0.1'), '10.0.0.1')
  t.equal(addressOf('FD00:0:0::00a'), 'fd00::a')
  t.equal(addressOf('FD00:0:0::00a'), 'fd00::a', 'remembered')
  for (const value of ['', '10.0.0', '10.0.0.0256', '00001::1', 'fd00::1%eth0', 'x'.repeat(1000), 1, null, undefined, {}, ['10.0.0.1']]) {
    t.equal(addressOf(value), undefined, JSON.stringify(value)?.slice(0, 40))
  }
})

t.test('leading zeros of IPv4 are decimal: the API server stored such addresses once', async (t) => {
  t.strictSame(['010.096.000.001', '10.96.0.08', '000.0.0.0', '0010.1.1.1'].map(addressOf), [
    '10.96.0.1',
    '10.96.0.8',
    '0.0.0.0',
    '10.1.1.1',
  ])
  t.strictSame(['fd00::0a', '::ffff:10.0.0.1', '010.096.0.0256'].map(addressOf), ['fd00::a', '10.0.0.1', undefined])
})

t.test('more addresses than are remembered are read all the same', async (t) => {
  const texts = Array.from({ length: 70_000 }, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)
  t.equal(
    texts.every((text) => addressOf(text) === text),
    true,
  )
  t.equal(addressOf('10.0.0.0'), '10.0.0.0')
})

t.test('a port is a whole number from 1 to 65535', async (t) => {
  t.strictSame([1, 65_535].map(portOf), [1, 65_535])
  for (const value of [0, 65_536, -1, 1.5, Number.NaN, '80', null, undefined, {}]) t.equal(portOf(value), undefined, String(value))
})

t.test('a missing protocol is TCP, an unknown one is none', async (t) => {
  t.strictSame(['TCP', 'UDP', 'SCTP', undefined, null].map(protocolOf), ['tcp', 'udp', 'sctp', 'tcp', 'tcp'])
  for (const value of ['tcp', '', 'ICMP', 6, {}]) t.equal(protocolOf(value), undefined, String(value))
})

t.test('only true and false are flags', async (t) => {
  t.strictSame(
    [true, false].map((value) => flagOf(value, true)),
    [true, false],
  )
  for (const value of ['false', 0, null, undefined, {}]) t.equal(flagOf(value, true), true)
})

t.test('a value is shown in bounded length', async (t) => {
  t.equal(shown('x'.repeat(1000)).length, 80)
  t.equal(shown(undefined), 'undefined')
  t.equal(shown('a\nb'), '"a\\nb"')
})
