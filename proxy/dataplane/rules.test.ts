import t from 'tap'
import { masqueradePortsBeside, rulesOf, type TableConfig } from './rules.ts'

const CONFIG: TableConfig = {
  masqueradeAll: false,
  ping: true,
  masqueradePorts: { first: 32_768, last: 65_535 },
  inside: [
    { address: '10.20.0.0', prefixLength: 16 },
    { address: 'fd00:20::', prefixLength: 56 },
  ],
  own: [
    { address: '10.20.1.0', prefixLength: 24 },
    { address: 'fd00:20:0:1::', prefixLength: 64 },
  ],
}

const lines = (tweaks: Partial<TableConfig>, ...chains: string[]): string[] =>
  rulesOf({ ...CONFIG, ...tweaks })
    .filter(([chain]) => chains.length === 0 || chains.includes(chain))
    .map((rule) => rule.join(' '))

t.test('the rules are constant text; only inside networks, masquerading and ping vary', async (t) => {
  t.same(
    lines({}).join('\n'),
    `prerouting meta l4proto { tcp, udp, sctp } ct original ip daddr . meta l4proto . ct original proto-dst @vip4 meta mark set meta mark | 0x1000
prerouting meta l4proto { tcp, udp, sctp } ct original ip daddr . meta l4proto . ct original proto-dst @nodeport4 meta mark set meta mark | 0x1000
prerouting meta l4proto { tcp, udp, sctp } ct original ip6 daddr . meta l4proto . ct original proto-dst @vip6 meta mark set meta mark | 0x1000
prerouting meta l4proto { tcp, udp, sctp } ct original ip6 daddr . meta l4proto . ct original proto-dst @nodeport6 meta mark set meta mark | 0x1000
input ct direction reply accept
input ip daddr . meta l4proto . th dport @vip4 goto service4
input ip daddr . meta l4proto . th dport @nodeport4 goto service4
input ip6 daddr . meta l4proto . th dport @vip6 goto service6
input ip6 daddr . meta l4proto . th dport @nodeport6 goto service6
input ip daddr @address4 goto guard
input ip6 daddr @address6 goto guard
guard meta l4proto { icmp, ipv6-icmp } accept
guard meta l4proto tcp reject with tcp reset
guard reject with icmpx type port-unreachable
service4 meta mark set meta mark & 0xffffefff
service4 ct state != established ip daddr . meta l4proto . th dport @drop4 drop
service4 ct state != established ip daddr . meta l4proto . th dport @restricted4 ip daddr . meta l4proto . th dport . ip saddr != @allowed4 drop
service4 iifname "lo" accept
service4 ip saddr 10.20.0.0/16 accept
service4 ct state != established ip daddr . meta l4proto . th dport @outsidedrop4 drop
service4 meta mark set ip daddr . meta l4proto . th dport map @outside4
service6 meta mark set meta mark & 0xffffefff
service6 ct state != established ip6 daddr . meta l4proto . th dport @drop6 drop
service6 ct state != established ip6 daddr . meta l4proto . th dport @restricted6 ip6 daddr . meta l4proto . th dport . ip6 saddr != @allowed6 drop
service6 iifname "lo" accept
service6 ip6 saddr fd00:20::/56 accept
service6 ct state != established ip6 daddr . meta l4proto . th dport @outsidedrop6 drop
service6 meta mark set ip6 daddr . meta l4proto . th dport map @outside6
output ct state new ip daddr . meta l4proto . th dport @drop4 drop
output ct state new ip daddr . meta l4proto . th dport @restricted4 ip daddr . meta l4proto . th dport . ip saddr != @allowed4 drop
output ct state new ip6 daddr . meta l4proto . th dport @drop6 drop
output ct state new ip6 daddr . meta l4proto . th dport @restricted6 ip6 daddr . meta l4proto . th dport . ip6 saddr != @allowed6 drop
sending meta l4proto { tcp, udp, sctp } ct original ip daddr . meta l4proto . ct original proto-dst @vip4 meta mark set meta mark | 0x1000
sending meta l4proto { tcp, udp, sctp } ct original ip daddr . meta l4proto . ct original proto-dst @nodeport4 meta mark set meta mark | 0x1000
sending meta l4proto { tcp, udp, sctp } ct original ip6 daddr . meta l4proto . ct original proto-dst @vip6 meta mark set meta mark | 0x1000
sending meta l4proto { tcp, udp, sctp } ct original ip6 daddr . meta l4proto . ct original proto-dst @nodeport6 meta mark set meta mark | 0x1000
postrouting meta l4proto { tcp, udp, sctp } ct original ip daddr . meta l4proto . ct original proto-dst @vip4 goto source4
postrouting meta l4proto { tcp, udp, sctp } ct original ip daddr . meta l4proto . ct original proto-dst @nodeport4 goto nodesource4
postrouting meta l4proto { tcp, udp, sctp } ct original ip6 daddr . meta l4proto . ct original proto-dst @vip6 goto source6
postrouting meta l4proto { tcp, udp, sctp } ct original ip6 daddr . meta l4proto . ct original proto-dst @nodeport6 goto nodesource6
nodesource4 ip saddr 10.20.1.0/24 goto source4
nodesource4 ip saddr 10.20.0.0/16 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random
nodesource4 goto source4
nodesource6 ip6 saddr fd00:20:0:1::/64 goto source6
nodesource6 ip6 saddr fd00:20::/56 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random
nodesource6 goto source6
source4 ip saddr . ip daddr @hairpin4 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random
source4 ip saddr 10.20.0.0/16 return
source4 fib saddr type != local meta l4proto { tcp, udp, sctp } meta mark set ct original ip daddr . meta l4proto . ct original proto-dst map @outside4 return
source4 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random
source6 ip6 saddr . ip6 daddr @hairpin6 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random
source6 ip6 saddr fd00:20::/56 return
source6 fib saddr type != local meta l4proto { tcp, udp, sctp } meta mark set ct original ip6 daddr . meta l4proto . ct original proto-dst map @outside6 return
source6 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random
leaving meta mark & 0x1000 != 0 goto unmark
unmark meta l4proto { tcp, udp, sctp } meta mark set ct original ip daddr . meta l4proto . ct original proto-dst map @outside4 meta mark set 0 return
unmark meta l4proto { tcp, udp, sctp } meta mark set ct original ip6 daddr . meta l4proto . ct original proto-dst map @outside6 meta mark set 0 return
unmark meta mark set meta mark & 0xffffefff`,
  )
})

t.test('--masquerade-all gives inside clients the node’s address, and leaves outside clients of a Local Service theirs', async (t) => {
  t.same(lines({ masqueradeAll: true }, 'source4'), [
    'source4 ip saddr . ip daddr @hairpin4 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random',
    'source4 ip saddr 10.20.0.0/16 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random',
    'source4 fib saddr type != local meta l4proto { tcp, udp, sctp } meta mark set ct original ip daddr . meta l4proto . ct original proto-dst map @outside4 return',
    'source4 meta l4proto { tcp, udp, sctp } masquerade to :32768-65535 fully-random',
  ])
})

t.test('without ping VIPs still take ICMP errors', async (t) => {
  t.same(lines({ ping: false }, 'guard'), [
    'guard icmp type echo-request reject with icmpx type admin-prohibited',
    'guard icmpv6 type echo-request reject with icmpx type admin-prohibited',
    'guard meta l4proto { icmp, ipv6-icmp } accept',
    'guard meta l4proto tcp reject with tcp reset',
    'guard reject with icmpx type port-unreachable',
  ])
})

t.test('masqueraded connections come from the widest range that is free of NodePorts', async (t) => {
  t.same(masqueradePortsBeside([{ first: 30_000, last: 32_767 }]), { first: 32_768, last: 65_535 })
  t.same(masqueradePortsBeside([{ first: 40_000, last: 65_535 }]), { first: 1_024, last: 39_999 })
  t.same(masqueradePortsBeside([]), { first: 1_024, last: 65_535 })
  t.same(masqueradePortsBeside([{ first: 1, last: 65_535 }]), { first: 65_535, last: 65_535 })
})
