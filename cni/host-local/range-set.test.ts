import t from 'tap'
import { parseCidr } from '#net/cidr.ts'
import type { RangeConfig } from './range.ts'
import { completeSets, formatSet, rangeFor } from './range-set.ts'

const config = (subnet: string, rest: Omit<RangeConfig, 'subnet'> = {}): RangeConfig => ({ subnet: parseCidr(subnet), ...rest })
const complete = (...sets: (readonly RangeConfig[])[]) => completeSets(sets, '0.4.0')

t.test('[host-local 61] a set finds the range of an address, and names all its ranges', async (t) => {
  const [set = []] = complete([config('192.168.0.0/20'), config('172.16.3.0/24')])
  t.equal(rangeFor(set, '192.168.2.61')?.subnet.address, '192.168.0.0')
  t.equal(rangeFor(set, '172.16.3.11')?.subnet.address, '172.16.3.0')
  t.equal(rangeFor(set, '10.2.1.2'), undefined)
  t.equal(formatSet(set), '192.168.0.1-192.168.15.254,172.16.3.1-172.16.3.254')
})

t.test('bad sets are refused with the reference’s sentences', async (t) => {
  const rows: readonly (readonly [string, (readonly RangeConfig[])[], string])[] = [
    ['no set', [], 'no IP ranges specified'],
    ['an empty set', [[config('10.0.0.0/24')], []], 'invalid range set 1: empty range set'],
    ['[host-local 39] families', [[config('10.0.0.0/24'), config('fd00::/64')]], 'invalid range set 0: mixed address families'],
    [
      '[host-local 38] overlap inside, the exact text',
      [[config('192.0.2.0/24'), config('192.0.2.128/25')]],
      'invalid range set 0: subnets 192.0.2.1-192.0.2.254 and 192.0.2.129-192.0.2.254 overlap',
    ],
    [
      '[host-local 62] overlap inside, of the first and the last',
      [[config('192.168.0.0/20'), config('172.16.3.0/24'), config('192.168.2.0/24')]],
      'invalid range set 0: subnets 192.168.0.1-192.168.15.254 and 192.168.2.1-192.168.2.254 overlap',
    ],
    ['[host-local 37] overlap between', [[config('10.1.2.0/24')], [config('10.1.0.0/16')]], 'range set 0 overlaps with 1'],
    ['[host-local 63] overlap between, one way round', [[config('10.0.0.0/20')], [config('10.0.2.0/24')]], 'range set 0 overlaps with 1'],
    ['[host-local 63] the other way round', [[config('10.0.2.0/24')], [config('10.0.0.0/20')]], 'range set 0 overlaps with 1'],
    [
      'a bad range',
      [[config('10.0.0.1/24')]],
      'invalid range set 0: Network has host bits set. For a subnet mask of length 24 the network address is 10.0.0.0',
    ],
  ]
  for (const [name, sets, message] of rows) t.throws(() => complete(...sets), { message }, name)
})

t.test('before 0.3.0 a result has one address of each family', async (t) => {
  const two = [[config('10.0.0.0/24')], [config('10.0.1.0/24')]]
  t.throws(
    () => completeSets(two, '0.2.0'),
    { message: 'CNI version 0.2.0 does not support more than 1 address per family' },
    '[host-local 40]',
  )
  t.throws(() => completeSets(two, ''), { message: 'CNI version  does not support more than 1 address per family' })
  t.doesNotThrow(() => completeSets(two, '0.3.0'))
  t.doesNotThrow(() => completeSets([[config('10.0.0.0/24')], [config('fd00::/64')]], '0.2.0'), '[host-local 41]')
})
