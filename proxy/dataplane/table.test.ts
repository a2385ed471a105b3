import t from 'tap'
import { tableScript } from './table.ts'

const cluster = { address: '10.20.0.0', prefixLength: 16 }

t.test('the table’s rules are constant text; only the inside networks and the masquerade decision vary', async (t) => {
  t.equal(
    tableScript({ masqueradeAll: false, inside: [cluster, { address: '2001:db8:20::', prefixLength: 56 }] }),
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
add set inet selvedge inside4 { type ipv4_addr; flags interval; auto-merge; }
flush set inet selvedge inside4
add element inet selvedge inside4 { 10.20.0.0/16 }
add set inet selvedge inside6 { type ipv6_addr; flags interval; auto-merge; }
flush set inet selvedge inside6
add element inet selvedge inside6 { 2001:db8:20::/56 }
add chain inet selvedge mark-outside
add chain inet selvedge guard
add chain inet selvedge prerouting { type filter hook prerouting priority mangle; policy accept; }
add chain inet selvedge output { type route hook output priority mangle; policy accept; }
add chain inet selvedge input { type filter hook input priority filter; policy accept; }
add chain inet selvedge postrouting { type nat hook postrouting priority srcnat - 1; policy accept; }
flush chain inet selvedge mark-outside
flush chain inet selvedge guard
flush chain inet selvedge prerouting
flush chain inet selvedge output
flush chain inet selvedge input
flush chain inet selvedge postrouting
add rule inet selvedge prerouting ip daddr . meta l4proto . th dport @vip4 goto mark-outside
add rule inet selvedge prerouting ip6 daddr . meta l4proto . th dport @vip6 goto mark-outside
add rule inet selvedge prerouting ip daddr . meta l4proto . th dport @nodeport4 goto mark-outside
add rule inet selvedge prerouting ip6 daddr . meta l4proto . th dport @nodeport6 goto mark-outside
add rule inet selvedge output ip daddr . meta l4proto . th dport @vip4 goto mark-outside
add rule inet selvedge output ip6 daddr . meta l4proto . th dport @vip6 goto mark-outside
add rule inet selvedge output ip daddr . meta l4proto . th dport @nodeport4 goto mark-outside
add rule inet selvedge output ip6 daddr . meta l4proto . th dport @nodeport6 goto mark-outside
add rule inet selvedge mark-outside ip saddr @inside4 return
add rule inet selvedge mark-outside ip6 saddr @inside6 return
add rule inet selvedge mark-outside meta mark set 0x4000
add rule inet selvedge input ip daddr @address4 goto guard
add rule inet selvedge input ip6 daddr @address6 goto guard
add rule inet selvedge guard ip daddr . meta l4proto . th dport @vip4 accept
add rule inet selvedge guard ip6 daddr . meta l4proto . th dport @vip6 accept
add rule inet selvedge guard meta l4proto { icmp, ipv6-icmp } accept
add rule inet selvedge guard reject with icmpx type port-unreachable
add rule inet selvedge postrouting meta mark 0x4000 meta mark set 0 masquerade fully-random
add rule inet selvedge postrouting ip saddr . ip daddr @hairpin4 masquerade fully-random
add rule inet selvedge postrouting ip6 saddr . ip6 daddr @hairpin6 masquerade fully-random
`,
  )
})

t.test('--masquerade-all marks every source, inside or not', async (t) => {
  const rules = tableScript({ masqueradeAll: true, inside: [cluster] }).split('\n')
  t.same(
    rules.filter((line) => line.startsWith('add rule inet selvedge mark-outside')),
    ['add rule inet selvedge mark-outside meta mark set 0x4000'],
  )
})
