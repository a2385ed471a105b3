import t from 'tap'
import { parseLegacyTable } from '../surroundings/legacy-table.ts'
import { LEFTOVER_CHAINS, type LeftoverRule } from './leftover-rules.ts'

/** As kube-router 2, kube-proxy and other people write them. */
const NAT = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "" -m ipvs --vdir ORIGINAL --vmethod MASQ -j SNAT --to-source 192.0.2.1 --random-fully
-A POSTROUTING ! -s 10.20.0.0/24 ! -d 10.20.0.0/24 -m ipvs --ipvs --vdir ORIGINAL --vmethod MASQ -j MASQUERADE
-A POSTROUTING -m ipvs --ipvs --vaddr 203.0.113.7/32 --vdir ORIGINAL --vmethod MASQ -j MASQUERADE
-A POSTROUTING -m ipvs --vdir ORIGINAL -j KUBE-ROUTER-HAIRPIN
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A POSTROUTING -m comment --comment "see -m ipvs --vdir ORIGINAL --vmethod MASQ -j SNAT" -j MASQUERADE
-A POSTROUTING -s 10.20.0.0/16 -j MASQUERADE
COMMIT
`
const FILTER = `*filter
:INPUT DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m comment --comment "handle traffic to IPVS service IPs in custom chain" -m set --match-set kube-router-svip dst -j KUBE-ROUTER-SERVICES
-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER
-A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT
-A INPUT -m comment --comment "not -j KUBE-IPVS-FILTER" -j MINE
-A OUTPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER
-A INPUT -j KUBE-FIREWALL
COMMIT
`

const found = (listing: string, of: 'filter' | 'nat'): Record<string, string[]> => {
  const { rules } = parseLegacyTable(listing)
  const chains = LEFTOVER_CHAINS.filter(({ table }) => table === of)
  return Object.fromEntries(
    chains.map(({ chain, isLeftover }) => [
      chain,
      (rules.get(chain) ?? []).filter(isLeftover).map(({ listed }) => listed.replace(/^.* -j (\S+).*$/, '$1')),
    ]),
  )
}

t.test('rules that refuse are those of other proxies, by the chain they lead to', async (t) => {
  t.same(found(FILTER, 'filter'), {
    INPUT: ['KUBE-ROUTER-SERVICES', 'KUBE-IPVS-FILTER'],
    FORWARD: [],
    OUTPUT: ['KUBE-IPVS-OUT-FILTER'],
  })
})

t.test('of translations only those of other proxies count; what a comment says does not', async (t) => {
  t.same(found(NAT, 'nat'), {
    PREROUTING: ['KUBE-SERVICES'],
    OUTPUT: [],
    POSTROUTING: ['SNAT', 'MASQUERADE', 'KUBE-ROUTER-HAIRPIN'],
  })
})

t.test('rules of nf_tables are read by their bytes', async (t) => {
  const postrouting = LEFTOVER_CHAINS.find(({ chain }) => chain === 'POSTROUTING')
  const ipvs = (invert: number, bitmask: number) => {
    const info = Buffer.alloc(40)
    info.set([invert, bitmask], 38)
    return { name: 'ipvs', info }
  }
  const snat = { name: 'SNAT', info: Buffer.alloc(40) }
  const isLeftover = (...extensions: NonNullable<LeftoverRule['extensions']>) => postrouting?.isLeftover({ extensions })
  t.equal(isLeftover(ipvs(0, 0x31), snat), true)
  t.equal(isLeftover(ipvs(0, 0x30), snat), true)
  t.equal(isLeftover(ipvs(0, 0x35), snat), false, 'of one virtual address')
  t.equal(isLeftover(ipvs(0x10, 0x31), snat), false, 'of the other direction')
  t.equal(isLeftover(ipvs(0, 0x31)), false, 'translates nothing')
  t.equal(isLeftover(snat), false)
})
