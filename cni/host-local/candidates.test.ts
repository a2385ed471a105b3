import t from 'tap'
import { parseCidr } from '#net/cidr.ts'
import { findCandidate } from './candidates.ts'
import { completeSets, type RangeSet } from './range-set.ts'

const setOf = (...subnets: string[]): RangeSet => completeSets([subnets.map((subnet) => ({ subnet: parseCidr(subnet) }))], '0.4.0')[0] ?? []
const order = (set: RangeSet, last?: string): string[] => {
  const asked: string[] = []
  findCandidate(set, last, ({ address }) => asked.push(address) === 0)
  return asked
}

t.test('a fresh set starts at its first range, without the gateways', async (t) => {
  t.same(order(setOf('192.168.1.0/29')), ['192.168.1.2', '192.168.1.3', '192.168.1.4', '192.168.1.5', '192.168.1.6'], '[host-local 17]')
  t.same(
    order(setOf('10.0.0.0/30', '10.0.1.0/29')),
    ['10.0.0.2', '10.0.1.2', '10.0.1.3', '10.0.1.4', '10.0.1.5', '10.0.1.6'],
    '[host-local 29]',
  )
})

t.test('a used set goes on after the address given last, which comes last', async (t) => {
  const set = setOf('192.168.1.0/29')
  t.same(order(set, '192.168.1.6'), ['192.168.1.2', '192.168.1.3', '192.168.1.4', '192.168.1.5', '192.168.1.6'], '[host-local 18]')
  t.same(order(set, '192.168.1.3'), ['192.168.1.4', '192.168.1.5', '192.168.1.6', '192.168.1.2', '192.168.1.3'], '[host-local 19]')
  t.same(order(set, '192.168.1.1'), ['192.168.1.2', '192.168.1.3', '192.168.1.4', '192.168.1.5', '192.168.1.6'], 'after the gateway')
})

t.test('ranges follow each other, round and round', async (t) => {
  const set = setOf('10.0.0.0/30', '10.0.1.0/30', '10.0.2.0/30')
  t.same(order(set, '10.0.0.2'), ['10.0.1.2', '10.0.2.2', '10.0.0.2'], '[host-local 28]')
  t.same(order(set, '10.0.2.2'), ['10.0.0.2', '10.0.1.2', '10.0.2.2'])
})

t.test('an address that is not of the set starts anew', async (t) => {
  t.same(order(setOf('10.0.0.0/30'), '10.0.0.200'), ['10.0.0.2'])
  t.same(order(setOf('10.0.0.0/30'), 'fd00::1'), ['10.0.0.2'])
})

t.test('wherever it starts, every address comes exactly once', async (t) => {
  const set = setOf('10.0.0.0/29', '10.0.1.0/30', '10.0.2.0/28')
  const all = order(set).toSorted()
  t.equal(new Set(all).size, all.length)
  for (const last of all) t.same(order(set, last).toSorted(), all, last)
  for (const last of all) t.equal(order(set, last).at(-1), last)
})

t.test('a huge range is not walked to find its first address', async (t) => {
  t.equal(findCandidate(setOf('2001:db8::/64'), undefined, () => true)?.address, '2001:db8::2')
})
