import t from 'tap'
import type { NftObject } from '#kernel/nftables.ts'
import { tableScript } from './table.ts'

const CONFIG = { masqueradeAll: false, ping: true, masqueradePorts: { first: 32_768, last: 65_535 }, inside: [], own: [] }
const statements = (inet: readonly NftObject[], arp: readonly NftObject[] = []): string[] => tableScript(CONFIG, { inet, arp }).split('\n')
const verbs = (lines: readonly string[], ...words: string[]): string[] =>
  lines.filter((line) => words.some((word) => line.startsWith(word)))

t.test('a new table has every set, map and chain', async (t) => {
  t.equal(
    verbs(statements([]), 'add table', 'add set', 'add map', 'add chain').join('\n'),
    `add table inet selvedge
add set inet selvedge vip4 { type ipv4_addr . inet_proto . inet_service; }
add set inet selvedge vip6 { type ipv6_addr . inet_proto . inet_service; }
add set inet selvedge address4 { type ipv4_addr; }
add set inet selvedge address6 { type ipv6_addr; }
add set inet selvedge nodeport4 { type ipv4_addr . inet_proto . inet_service; }
add set inet selvedge nodeport6 { type ipv6_addr . inet_proto . inet_service; }
add set inet selvedge drop4 { type ipv4_addr . inet_proto . inet_service; }
add set inet selvedge drop6 { type ipv6_addr . inet_proto . inet_service; }
add set inet selvedge outsidedrop4 { type ipv4_addr . inet_proto . inet_service; }
add set inet selvedge outsidedrop6 { type ipv6_addr . inet_proto . inet_service; }
add map inet selvedge outside4 { type ipv4_addr . inet_proto . inet_service : mark; }
add map inet selvedge outside6 { type ipv6_addr . inet_proto . inet_service : mark; }
add set inet selvedge restricted4 { type ipv4_addr . inet_proto . inet_service; }
add set inet selvedge restricted6 { type ipv6_addr . inet_proto . inet_service; }
add set inet selvedge allowed4 { type ipv4_addr . inet_proto . inet_service . ipv4_addr; flags interval; }
add set inet selvedge allowed6 { type ipv6_addr . inet_proto . inet_service . ipv6_addr; flags interval; }
add set inet selvedge hairpin4 { type ipv4_addr . ipv4_addr; }
add set inet selvedge hairpin6 { type ipv6_addr . ipv6_addr; }
add set inet selvedge marks { type mark; }
add chain inet selvedge guard
add chain inet selvedge service4
add chain inet selvedge service6
add chain inet selvedge source4
add chain inet selvedge source6
add chain inet selvedge nodesource4
add chain inet selvedge nodesource6
add chain inet selvedge unmark
add chain inet selvedge prerouting { type filter hook prerouting priority mangle; policy accept; }
add chain inet selvedge input { type filter hook input priority 97; policy accept; }
add chain inet selvedge output { type filter hook output priority mangle; policy accept; }
add chain inet selvedge sending { type filter hook output priority -97; policy accept; }
add chain inet selvedge postrouting { type nat hook postrouting priority srcnat - 1; policy accept; }
add chain inet selvedge leaving { type filter hook postrouting priority srcnat + 1; policy accept; }
add table arp selvedge
add set arp selvedge vip4 { type ipv4_addr; }
add chain arp selvedge input { type filter hook input priority filter; policy accept; }`,
  )
})

t.test('ARP requests for VIPs are dropped', async (t) => {
  t.same(verbs(statements([]), 'add rule arp'), ['add rule arp selvedge input arp operation request arp daddr ip @vip4 drop'])
})

t.test('chains that are there are emptied, all of them, before any is deleted and made anew', async (t) => {
  const lines = statements([{ chain: { name: 'input' } }, { chain: { name: 'mark-outside' } }], [{ chain: { name: 'input' } }])
  t.same(verbs(lines, 'flush', 'delete'), [
    'flush chain inet selvedge input',
    'flush chain inet selvedge mark-outside',
    'delete chain inet selvedge input',
    'delete chain inet selvedge mark-outside',
    'flush chain arp selvedge input',
    'delete chain arp selvedge input',
  ])
  t.ok(lines.indexOf('delete chain inet selvedge input') < lines.findIndex((line) => line.startsWith('add chain inet selvedge input')))
})

t.test('sets of an older version are deleted: unknown ones, and those with another type', async (t) => {
  const lines = statements([
    { set: { name: 'address4', type: 'ipv4_addr' } },
    { set: { name: 'vip4', type: ['ipv4_addr', 'inet_proto', 'inet_service'] } },
    { set: { name: 'inside4', type: 'ipv4_addr', flags: ['interval'] } },
    { set: { name: 'vip6', type: ['ipv6_addr', 'inet_service'] } },
    { map: { name: 'outside4', type: ['ipv4_addr', 'inet_proto', 'inet_service'], map: 'verdict' } },
    { map: { name: 'outside6', type: ['ipv6_addr', 'inet_proto', 'inet_service'], map: 'mark' } },
    { set: { name: 'allowed4', type: ['ipv4_addr', 'inet_proto', 'inet_service', 'ipv4_addr'], flags: ['interval'] } },
    { set: { name: 'allowed6', type: ['ipv6_addr', 'inet_proto', 'inet_service', 'ipv6_addr'] } },
  ])
  t.same(verbs(lines, 'delete'), [
    'delete set inet selvedge inside4',
    'delete set inet selvedge vip6',
    'delete map inet selvedge outside4',
    'delete set inet selvedge allowed6',
  ])
})
