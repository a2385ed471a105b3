import t from 'tap'
import { contains, formatCidr, netmaskOf, networkOf, overlap, parseCidr } from './cidr.ts'

const cidr = (text: string) => {
  const parsed = parseCidr(text)
  if (parsed === undefined) throw new TypeError(`not a CIDR: ${text}`)
  return parsed
}

t.test('[ip] a CIDR keeps its host bits', async (t) => {
  t.same(parseCidr('10.1.2.3/8'), { address: '10.1.2.3', prefixLength: 8 })
  t.same(parseCidr('0.0.0.0/0'), { address: '0.0.0.0', prefixLength: 0 })
  t.same(parseCidr('10.1.2.3/32'), { address: '10.1.2.3', prefixLength: 32 })
  t.same(parseCidr('FD00:0::1/64'), { address: 'fd00::1', prefixLength: 64 })
  t.same(parseCidr('10.1.2.0/024'), { address: '10.1.2.0', prefixLength: 24 })
  t.same(parseCidr('::/0'), { address: '::', prefixLength: 0 })
  t.same(parseCidr('::1/128'), { address: '::1', prefixLength: 128 })
})

t.test('the prefix of an IPv4-mapped text counts 128 bits', async (t) => {
  t.same(parseCidr('::ffff:10.0.0.1/120'), { address: '10.0.0.1', prefixLength: 24 })
  t.equal(parseCidr('::ffff:10.0.0.1/24'), undefined)
})

t.test('[ip] what is no CIDR gives nothing', async (t) => {
  const invalid = ['', '/', '10.0.0.1', '10.0.0.1/', '/8', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/033', '10.0.0.0/8/8']
  for (const text of [...invalid, '10.0.0.0/ 8', '10.0.0.0/8 ', '10.0.0/8', '10.0.0.0/8a', '10.0.0.0/1e1', '10.0.0.0/255.0.0.0', '::/1000'])
    t.equal(parseCidr(text), undefined, JSON.stringify(text))
})

t.test('parsing what is formatted gives the same', async (t) => {
  for (const text of ['10.1.2.3/8', 'fd00::1/64', '0.0.0.0/0']) t.equal(formatCidr(cidr(text)), text)
})

t.test('[ip] a network has no host bits', async (t) => {
  const networks = [
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['172.16.255.255/12', '172.16.0.0/12'],
    ['10.1.2.131/25', '10.1.2.128/25'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['fd00::1/128', 'fd00::1/128'],
  ] as const
  for (const [text, network] of networks) t.equal(formatCidr(networkOf(cidr(text))), network, text)
})

t.test('[ip] a network contains its addresses, its first and last included, and no others', async (t) => {
  const network = cidr('10.1.2.200/25')
  for (const address of ['10.1.2.128', '10.1.2.200', '10.1.2.255']) t.ok(contains(network, address), address)
  for (const address of ['10.1.2.127', '10.1.3.0', '::a01:2c8']) t.notOk(contains(network, address), address)
  t.ok(contains(cidr('::/0'), 'ffff::'))
  t.notOk(contains(cidr('::/0'), '10.0.0.1'))
  t.ok(contains(cidr('0.0.0.0/0'), '255.255.255.255'))
})

t.test('two networks overlap when one lies in the other, whichever way', async (t) => {
  t.ok(overlap(cidr('10.0.0.0/8'), cidr('10.9.0.0/16')))
  t.ok(overlap(cidr('10.9.0.0/16'), cidr('10.0.0.0/8')))
  t.ok(overlap(cidr('10.0.0.1/24'), cidr('10.0.0.2/24')))
  t.notOk(overlap(cidr('10.0.0.0/24'), cidr('10.0.1.0/24')))
  t.notOk(overlap(cidr('0.0.0.0/0'), cidr('::/0')))
})

t.test('a netmask is the prefix as an address', async (t) => {
  t.equal(netmaskOf(0, 4), '0.0.0.0')
  t.equal(netmaskOf(20, 4), '255.255.240.0')
  t.equal(netmaskOf(32, 4), '255.255.255.255')
  t.equal(netmaskOf(0, 6), '::')
  t.equal(netmaskOf(65, 6), 'ffff:ffff:ffff:ffff:8000::')
  t.equal(netmaskOf(128, 6), 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
})
