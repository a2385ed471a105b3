import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { attachmentMark, networkMark, setupLines } from './nftables-rules.ts'
import { mapping, previousResult, testConfig } from './testing/call.ts'

const lines = (fields: object, family: 4 | 6 = 4): string[] => {
  const config = testConfig({ backend: 'nftables', ...fields })
  return forwardsByFamily(config)
    .filter((forwards) => forwards.family === family)
    .flatMap((forwards) => setupLines(config, { forwards, outdated: [] }))
}

/** The lines of attachments: what all share is left out. */
const own = (fields: object, family?: 4 | 6): string[] => lines(fields, family).filter((line) => line.endsWith(' comment "cid1"'))

t.test('[portmap 14] tables, chains and rules are made in the reference’s order', async (t) => {
  t.strictSame(lines({}), [
    'add table ip cni_hostport { comment "CNI portmap plugin" ; }',
    'add chain ip cni_hostport hostports',
    'add chain ip cni_hostport hostip_hostports',
    'add chain ip cni_hostport hostports_all',
    'flush chain ip cni_hostport hostports_all',
    'add rule ip cni_hostport hostports_all jump hostip_hostports',
    'add rule ip cni_hostport hostports_all jump hostports',
    'add chain ip cni_hostport prerouting { type nat hook prerouting priority -100 ; }',
    'flush chain ip cni_hostport prerouting',
    'add rule ip cni_hostport prerouting fib daddr type local jump hostports_all',
    'add chain ip cni_hostport output { type nat hook output priority -100 ; }',
    'flush chain ip cni_hostport output',
    'add rule ip cni_hostport output fib daddr type local jump hostports_all',
    'add chain ip cni_hostport masquerading { type nat hook postrouting priority 100 ; }',
    'insert rule ip cni_hostport hostports tcp dport 8080 dnat to 10.20.3.2:80 comment "cid1"',
    'add rule ip cni_hostport masquerading ip saddr 10.20.3.2 ip daddr 10.20.3.2 masquerade comment "cid1"',
    'add rule ip cni_hostport masquerading ip saddr 127.0.0.1 ip daddr 10.20.3.2 masquerade comment "cid1"',
    'add table ip selvedge_portmap',
    'add chain ip selvedge_portmap attachments',
    'add rule ip selvedge_portmap attachments ip daddr 10.20.3.2 comment "d23676b4f2d9fe04-aa987613c74b3b20"',
    'add chain ip selvedge_portmap localnet { type filter hook prerouting priority -150 ; }',
    'flush chain ip selvedge_portmap localnet',
    'add rule ip selvedge_portmap localnet iifname != "lo" ip daddr 127.0.0.0/8 drop',
  ])
})

const MAPPINGS = [
  mapping(8080, 80),
  mapping(8081, 80),
  mapping(8080, 81, 'udp'),
  mapping(8083, 83, 'tcp', '192.168.0.2'),
  mapping(8084, 84, 'tcp', '0.0.0.0'),
  mapping(8085, 85, 'tcp', '2001:db8:a::1'),
  mapping(8086, 86, 'sctp', '::'),
]
const MANY = { prevResult: previousResult(4, 6), runtimeConfig: { portMappings: MAPPINGS } }

/** Each is inserted before those inserted earlier. */
const hostports = (fields: object, family?: 4 | 6): string[] =>
  own(fields, family)
    .flatMap((line) => /^insert rule ip6? cni_hostport hostports (.*) comment "cid1"$/.exec(line)?.[1] ?? [])
    .toReversed()

t.test('[portmap 14] mappings are made by family and host address', async (t) => {
  t.strictSame(hostports({ ...MANY, snat: false }), [
    'tcp dport 8080 dnat to 10.20.3.2:80',
    'tcp dport 8081 dnat to 10.20.3.2:80',
    'udp dport 8080 dnat to 10.20.3.2:81',
    'ip daddr 192.168.0.2 tcp dport 8083 dnat to 10.20.3.2:83',
    'tcp dport 8084 dnat to 10.20.3.2:84',
  ])
  t.strictSame(hostports({ ...MANY, snat: false }, 6), [
    'tcp dport 8080 dnat to [fd00:20:3::2]:80',
    'tcp dport 8081 dnat to [fd00:20:3::2]:80',
    'udp dport 8080 dnat to [fd00:20:3::2]:81',
    'ip6 daddr 2001:db8:a::1 tcp dport 8085 dnat to [fd00:20:3::2]:85',
    'sctp dport 8086 dnat to [fd00:20:3::2]:86',
  ])
})

t.test('without snat there is no chain for masquerading', async (t) => {
  t.notOk(lines({ snat: false }).some((line) => line.includes('masquerading')))
})

const MASQUERADES: { readonly title: string; readonly fields: object; readonly family: 4 | 6; readonly sources: string[] }[] = [
  {
    title: '[portmap 16] masqAll, IPv4: every source',
    fields: { masqAll: true },
    family: 4,
    sources: ['ip saddr 0.0.0.0/0 ip daddr 10.20.3.2'],
  },
  {
    title: '[portmap 17] no masqAll, IPv4: the container and 127.0.0.1',
    fields: {},
    family: 4,
    sources: ['ip saddr 10.20.3.2 ip daddr 10.20.3.2', 'ip saddr 127.0.0.1 ip daddr 10.20.3.2'],
  },
  {
    title: '[portmap 18] masqAll, IPv6: every source',
    fields: { masqAll: true },
    family: 6,
    sources: ['ip6 saddr ::/0 ip6 daddr fd00:20:3::2'],
  },
  {
    title: '[portmap 19] no masqAll, IPv6: the container',
    fields: {},
    family: 6,
    sources: ['ip6 saddr fd00:20:3::2 ip6 daddr fd00:20:3::2'],
  },
]

for (const { title, fields, family, sources } of MASQUERADES) {
  t.test(`${title} is masqueraded, once for all mappings`, async (t) => {
    t.strictSame(
      own({ ...MANY, ...fields }, family).filter((line) => line.includes('masquerade')),
      sources.map((source) => `add rule ${family === 4 ? 'ip' : 'ip6'} cni_hostport masquerading ${source} masquerade comment "cid1"`),
    )
  })
}

t.test('conditions stand before the question whether the address is local, in both hooks', async (t) => {
  const fields = { ...MANY, conditionsV4: ['ip', 'daddr', '!=', '192.0.2.0/24'], conditionsV6: ['ip6 saddr != 12::34'] }
  const jumps = (family: 4 | 6): string[] => lines(fields, family).filter((line) => line.endsWith('jump hostports_all'))
  t.strictSame(jumps(4), [
    'add rule ip cni_hostport prerouting ip daddr != 192.0.2.0/24 fib daddr type local jump hostports_all',
    'add rule ip cni_hostport output ip daddr != 192.0.2.0/24 fib daddr type local jump hostports_all',
  ])
  t.strictSame(jumps(6), [
    'add rule ip6 cni_hostport prerouting ip6 saddr != 12::34 fib daddr type local jump hostports_all',
    'add rule ip6 cni_hostport output ip6 saddr != 12::34 fib daddr type local jump hostports_all',
  ])
})

t.test('this attachment’s rules from before are deleted by their handles', async (t) => {
  const config = testConfig({ backend: 'nftables' })
  const [forwards] = forwardsByFamily(config)
  if (forwards === undefined) throw new Error('the config has an IPv4 address')
  const outdated = [
    { family: 4, table: 'cni_hostport', chain: 'hostports', handle: 7, values: [] },
    { family: 4, table: 'selvedge_portmap', chain: 'attachments', handle: 8, values: [] },
  ] as const
  const deletions = setupLines(config, { forwards, outdated }).filter((line) => line.startsWith('delete'))
  t.strictSame(deletions, ['delete rule ip cni_hostport hostports handle 7', 'delete rule ip selvedge_portmap attachments handle 8'])
})

t.test('only an IPv4 attachment with snat, which has route_localnet set, is guarded', async (t) => {
  const isGuarded = (fields: object, family?: 4 | 6): boolean => lines(fields, family).some((line) => line.includes('localnet'))
  t.strictSame([isGuarded({}), isGuarded({ snat: false }), isGuarded(MANY, 6)], [true, false, false])
})

t.test('the register names network and container by hashes, which fit into a comment however long the names are', async (t) => {
  t.equal(attachmentMark('mynet', 'cid1'), 'd23676b4f2d9fe04-aa987613c74b3b20')
  t.ok(attachmentMark('mynet', 'x').startsWith(networkMark('mynet')))
  t.equal(attachmentMark('n'.repeat(200), 'c'.repeat(200)).length, 33)
})
