import t from 'tap'
import { parseCidr } from '#net/cidr.ts'
import { requires } from '../rig/requires.ts'
import { type FreshNamespace, freshNamespace } from './fresh-namespace.ts'

const NEEDS = requires('root', 'ip')

/** A namespace with a bridge `br0` that is up, and its index. */
const withBridge = (t: Parameters<typeof freshNamespace>[0]): FreshNamespace & { readonly index: number } => {
  const fresh = freshNamespace(t)
  fresh.rtnetlink.addLink({ kind: 'bridge', name: 'br0' })
  const index = fresh.rtnetlink.link('br0')?.index ?? 0
  fresh.rtnetlink.changeLink(index, { up: true })
  return { ...fresh, index }
}

const cidr = (text: string) => parseCidr(text) ?? { address: text, prefixLength: -1 }

/** What `ip` says of br0's addresses, link-local ones aside. */
const addressesOf = ({ ip }: FreshNamespace): unknown[] =>
  ((ip('addr show br0')[0]?.addr_info ?? []) as Record<string, unknown>[])
    .filter(({ scope }) => scope !== 'link')
    .map(({ local, prefixlen, broadcast }) => [local, prefixlen, broadcast ?? null])

t.test('addresses of every prefix get the broadcast address that ip shows', NEEDS, async (t) => {
  const host = withBridge(t)
  for (const text of ['10.1.2.3/24', '10.2.2.3/30', '10.3.2.3/31', '10.4.2.3/32', '10.5.2.3/9', 'fd00::2/64', 'fd01::1/128'])
    host.rtnetlink.addAddress(host.index, cidr(text))
  const expected = [
    ['10.1.2.3', 24, '10.1.2.255'],
    ['10.2.2.3', 30, '10.2.2.3'],
    ['10.3.2.3', 31, null],
    ['10.4.2.3', 32, null],
    ['10.5.2.3', 9, '10.127.255.255'],
    ['fd00::2', 64, null],
    ['fd01::1', 128, null],
  ]
  const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
  t.same(addressesOf(host).toSorted(byText), expected)
})

t.test('our list is that of ip: addresses, prefixes, devices, scopes', NEEDS, async (t) => {
  const host = withBridge(t)
  host.rtnetlink.addAddress(host.index, cidr('10.1.2.3/24'))
  host.rtnetlink.addAddress(host.index, cidr('fd00::2/64'))
  const scopes: Readonly<Record<string, number>> = { global: 0, link: 253, host: 254 }
  const told = host
    .ip('addr')
    .flatMap(({ ifindex, addr_info }) =>
      (addr_info as Record<string, string>[]).map(({ local, prefixlen, scope = '' }) => [local, prefixlen, ifindex, scopes[scope]]),
    )
  const ours = host.rtnetlink.addresses().map(({ address, prefixLength, link, scope }) => [address, prefixLength, link, scope])
  t.same(ours.toSorted(), told.toSorted())
  t.equal(ours.length, 5)
  t.match(host.rtnetlink.addresses({ link: 1, family: 4 }), [{ address: '127.0.0.1', prefixLength: 8, link: 1, scope: 254, flags: 0x80 }])
  t.match(host.rtnetlink.addresses({ link: host.index, family: 6 }), [{ address: 'fd00::2' }, { address: /^fe80::/ }])
})

t.test('the flags tell an IPv6 address whose uniqueness is not settled', NEEDS, async (t) => {
  const host = withBridge(t)
  host.rtnetlink.addLink({ kind: 'veth', name: 'a', peer: { name: 'b' } })
  for (const name of ['a', 'b']) host.rtnetlink.changeLink(host.rtnetlink.link(name)?.index ?? 0, { up: true })
  const index = host.rtnetlink.link('a')?.index ?? 0
  host.rtnetlink.addAddress(index, cidr('fd00::2/64'))
  const flags = host.rtnetlink.addresses({ link: index, family: 6 }).find(({ address }) => address === 'fd00::2')?.flags
  t.equal(flags, 0xc0, 'permanent and tentative')
})

t.test('the same address twice is EEXIST; deleting one that is gone is EADDRNOTAVAIL', NEEDS, async (t) => {
  const host = withBridge(t)
  for (const text of ['10.1.2.3/24', 'fd00::2/64']) {
    host.rtnetlink.addAddress(host.index, cidr(text))
    t.throws(() => host.rtnetlink.addAddress(host.index, cidr(text)), { code: 'EEXIST' }, text)
    host.rtnetlink.deleteAddress(host.index, cidr(text))
    t.throws(() => host.rtnetlink.deleteAddress(host.index, cidr(text)), { code: 'EADDRNOTAVAIL' }, text)
  }
  t.same(addressesOf(host), [])
  t.throws(() => host.rtnetlink.addAddress(4711, cidr('10.1.2.3/24')), { code: 'ENODEV' })
})

t.test('deleting takes the address of that prefix only', NEEDS, async (t) => {
  const host = withBridge(t)
  host.rtnetlink.addAddress(host.index, cidr('10.1.2.3/24'))
  t.throws(() => host.rtnetlink.deleteAddress(host.index, cidr('10.1.2.3/16')), { code: 'EADDRNOTAVAIL' })
  t.same(addressesOf(host), [['10.1.2.3', 24, '10.1.2.255']])
})
