import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { entryRules, ownChain, ownRules } from './iptables-rules.ts'
import { mapping, previousResult, testConfig } from './testing/call.ts'

/** The attachment's rules in one family as commands: its own chain's, then the entries. */
const rulesOf = (fields: object, { family = 4, containerId = 'cid1' } = {}): string[] => {
  const config = testConfig(fields, { containerId })
  return forwardsByFamily(config)
    .filter((forwards) => forwards.family === family)
    .flatMap((forwards) => [...ownRules(config, forwards), ...entryRules(config, forwards.family)])
    .map(({ chain, spec }) => `-A ${chain} ${spec}`)
}

const MANY = {
  portMappings: [
    mapping(8080, 80),
    mapping(8081, 80),
    mapping(8080, 81, 'udp'),
    mapping(8082, 82, 'udp'),
    mapping(8083, 83, 'tcp', '192.168.0.2'),
    mapping(8084, 84, 'tcp', '0.0.0.0'),
    mapping(8085, 85, 'tcp', '2001:db8:a::1'),
    mapping(8086, 86, 'tcp', '::'),
  ],
}
const TWO_FAMILIES = {
  prevResult: {
    interfaces: [{ name: 'eth0', sandbox: '/run/netns/pod' }],
    ips: [
      { address: '10.0.0.2/24', interface: 0 },
      { address: '2001:db8::2/64', interface: 0 },
    ],
  },
}
t.test('[portmap 10] entries by protocol hold all ports; the attachment’s chain those of the family, by host address', async (t) => {
  const fields = { ...TWO_FAMILIES, runtimeConfig: MANY, conditionsV4: ['-a', 'b'], conditionsV6: ['!', '-c', 'd e'] }
  t.strictSame(rulesOf(fields), [
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 10.0.0.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8081 -s 10.0.0.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8081 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8081 -j DNAT --to-destination 10.0.0.2:80',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8080 -s 10.0.0.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8080 -j DNAT --to-destination 10.0.0.2:81',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8082 -s 10.0.0.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8082 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8082 -j DNAT --to-destination 10.0.0.2:82',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8083 -d 192.168.0.2 -s 10.0.0.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8083 -d 192.168.0.2 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8083 -d 192.168.0.2 -j DNAT --to-destination 10.0.0.2:83',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8084 -s 10.0.0.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8084 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8084 -j DNAT --to-destination 10.0.0.2:84',
    '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080,8081,8083,8084,8085,8086 -a b -j CNI-DN-a631aa8e1549a3b129110',
    '-A CNI-HOSTPORT-DNAT -p udp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080,8082 -a b -j CNI-DN-a631aa8e1549a3b129110',
  ])
  t.strictSame(rulesOf({ ...fields, snat: false }, { family: 6 }), [
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -j DNAT --to-destination [2001:db8::2]:80',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8081 -j DNAT --to-destination [2001:db8::2]:80',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8080 -j DNAT --to-destination [2001:db8::2]:81',
    '-A CNI-DN-a631aa8e1549a3b129110 -p udp --dport 8082 -j DNAT --to-destination [2001:db8::2]:82',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8085 -d 2001:db8:a::1 -j DNAT --to-destination [2001:db8::2]:85',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8086 -j DNAT --to-destination [2001:db8::2]:86',
    '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080,8081,8083,8084,8085,8086 ! -c "d e" -j CNI-DN-a631aa8e1549a3b129110',
    '-A CNI-HOSTPORT-DNAT -p udp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080,8082 ! -c "d e" -j CNI-DN-a631aa8e1549a3b129110',
  ])
})

t.test('[portmap 10] a chain’s name is of the network and the container, whatever their lengths', async (t) => {
  const containerId =
    'icee6giejonei6sohng6ahngee7laquohquee9shiGo7fohferakah3Feiyoolu2pei7ciPhoh7shaoX6vai3vuf0ahfaeng8yohb9ceu0daez5hashee8ooYai5wa3y'
  t.equal(ownChain(testConfig({}, { containerId, network: 'test' })), 'CNI-DN-67e92b96e692a494b6b85')
  t.equal(ownChain(testConfig({}, { containerId: 'cid1', network: 'mynet' })), 'CNI-DN-a631aa8e1549a3b129110')
})

t.test('a comment is cut at 255 bytes, as iptables cuts what the reference gives it', async (t) => {
  const comment = (containerId: string): string | undefined =>
    /--comment (".*") -m multiport/.exec(rulesOf({}, { containerId }).at(-1) ?? '')?.[1]
  t.equal(comment('c'.repeat(230)), `"dnat name: \\"mynet\\" id: \\"${'c'.repeat(230)}\\""`)
  t.equal(comment('c'.repeat(231)), `"dnat name: \\"mynet\\" id: \\"${'c'.repeat(229)}.."`)
})

t.test('with masqAll every source is marked', async (t) => {
  const marks = (family: 4 | 6): string[] =>
    rulesOf({ masqAll: true, prevResult: previousResult(4, 6) }, { family }).filter((line) => line.endsWith('-j CNI-HOSTPORT-SETMARK'))
  t.strictSame(marks(4), ['-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 0.0.0.0/0 -j CNI-HOSTPORT-SETMARK'])
  t.strictSame(marks(6), ['-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s ::/0 -j CNI-HOSTPORT-SETMARK'])
})

t.test('sixteen ports of one protocol are two entries', async (t) => {
  const portMappings = Array.from({ length: 16 }, (_, index) => mapping(1000 + index, 80))
  const entries = rulesOf({ runtimeConfig: { portMappings } }).filter((line) => line.startsWith('-A CNI-HOSTPORT-DNAT'))
  t.match(entries, [/ --dports 1000,1001,1002,1003,1004,1005,1006,1007,1008,1009,1010,1011,1012,1013,1014 -j /, / --dports 1015 -j /])
  t.equal(entries.length, 2)
})

t.test('the same mapping twice makes its rules once, as the reference’s do', async (t) => {
  const once = rulesOf({ runtimeConfig: { portMappings: [mapping(8080, 80)] } })
  const twice = rulesOf({ runtimeConfig: { portMappings: [mapping(8080, 80), mapping(8080, 80, 'tcp', '0.0.0.0')] } })
  t.strictSame(twice.slice(0, -1), once.slice(0, -1))
  t.match(twice.at(-1), '--dports 8080,8080 ')
})

t.test('hostile conditions stay inside their rule', async (t) => {
  const entry = rulesOf({ conditionsV4: ['-m', 'comment', '--comment', 'x" -j ACCEPT \\', ''] }).at(-1)
  t.match(entry, '--dports 8080 -m comment --comment "x\\" -j ACCEPT \\\\" "" -j CNI-DN-')
})
