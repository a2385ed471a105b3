import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { checkScript, setupScript } from './iptables-scripts.ts'
import { mapping, previousResult, testConfig } from './testing/call.ts'
import { ENTRY, FRESH, OTHER, READY, withEntries } from './testing/tables.ts'

const setup = (fields: object, { table = READY, family = 4, containerId = 'cid1' } = {}): string => {
  const config = testConfig(fields, { containerId })
  const forwards = forwardsByFamily(config).find((each) => each.family === family)
  return forwards === undefined ? '' : setupScript({ config, forwards }, table)
}

/** The lines behind the checks of the shared rules. */
const own = (script: string): string[] => script.split('\n').filter((line) => /CNI-DN-/.test(line))

t.test('[portmap 12] on a fresh host all chains are made, with the rules that lead to them', async (t) => {
  t.equal(
    setup({}, { table: FRESH }),
    `*nat
-N CNI-HOSTPORT-SETMARK
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-N CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-I POSTROUTING 1 -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-N CNI-HOSTPORT-DNAT
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-N CNI-DN-a631aa8e1549a3b129110
-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 10.20.3.2/24 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -j DNAT --to-destination 10.20.3.2:80
-I CNI-HOSTPORT-DNAT 1 -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110
COMMIT
*mangle
-N CNI-HOSTPORT-LOCALNET
-A CNI-HOSTPORT-LOCALNET -d 127.0.0.0/8 ! -i lo -j DROP
-A PREROUTING -j CNI-HOSTPORT-LOCALNET
COMMIT
`,
  )
})

t.test('on a host in use the shared rules are checked, not made', async (t) => {
  t.equal(
    setup({}),
    `*nat
-C CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-C CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-C POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-C PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-C OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-N CNI-DN-a631aa8e1549a3b129110
-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 10.20.3.2/24 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK
-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -j DNAT --to-destination 10.20.3.2:80
-I CNI-HOSTPORT-DNAT 1 -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110
COMMIT
*mangle
-C CNI-HOSTPORT-LOCALNET -d 127.0.0.0/8 ! -i lo -j DROP
-C PREROUTING -j CNI-HOSTPORT-LOCALNET
COMMIT
`,
  )
})

t.test('[portmap 13] only what is missing of the shared rules is made, with the mark of the config', async (t) => {
  const withoutJump = { ...READY, nat: { ...READY.nat, rules: READY.nat.rules.filter((rule) => !rule.startsWith('-A OUTPUT')) } }
  t.match(setup({}, { table: withoutJump }), '\n-C PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A OUTPUT -m addrtype')
  const otherMark = setup({ markMasqBit: 5 })
  t.match(otherMark, '*nat\n-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x20/0x20\n')
  t.match(otherMark, '\n-A CNI-HOSTPORT-MASQ -m mark --mark 0x20/0x20 -j MASQUERADE\n-C POSTROUTING')
  t.match(setup({ markMasqBit: 31 }), '--set-xmark 0x80000000/0x80000000\n')
})

t.test('[portmap 10] without snat no shared chain but the one for translation is touched', async (t) => {
  t.strictSame(
    setup({ snat: false }, { table: FRESH })
      .split('\n')
      .filter((line) => !line.includes('CNI-DN-')),
    [
      '*nat',
      '-N CNI-HOSTPORT-DNAT',
      '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      'COMMIT',
      '',
    ],
  )
})

t.test('[portmap 11] a mark chain of somebody else is used, and ours are not made', async (t) => {
  const script = setup({ externalSetMarkChain: 'PLZ-SET-MARK' }, { table: FRESH })
  t.notMatch(script, 'CNI-HOSTPORT-SETMARK')
  t.notMatch(script, 'CNI-HOSTPORT-MASQ')
  t.match(script, '-p tcp --dport 8080 -s 10.20.3.2/24 -j PLZ-SET-MARK\n')
})

t.test('[portmap 22] making an attachment again fills its chain anew and puts its entry first, once', async (t) => {
  t.strictSame(own(setup({}, { table: withEntries(ENTRY, OTHER) })), [
    '-F CNI-DN-a631aa8e1549a3b129110',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 10.20.3.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -j DNAT --to-destination 10.20.3.2:80',
    ENTRY.replace('-A', '-D'),
    ENTRY.replace('-A CNI-HOSTPORT-DNAT', '-I CNI-HOSTPORT-DNAT 1'),
  ])
})

t.test('making an attachment again with other ports replaces its entries', async (t) => {
  const commands = own(setup({ runtimeConfig: { portMappings: [mapping(9090, 80)] } }, { table: withEntries(ENTRY, OTHER) }))
  t.strictSame(commands.slice(-2), [
    ENTRY.replace('-A', '-D'),
    ENTRY.replace('-A CNI-HOSTPORT-DNAT', '-I CNI-HOSTPORT-DNAT 1').replace('8080', '9090'),
  ])
})

t.test('entries of several protocols keep the reference’s order at the head of the chain', async (t) => {
  const commands = own(setup({ runtimeConfig: { portMappings: [mapping(8080, 80, 'udp'), mapping(8081, 80)] } }))
  t.match(commands.slice(-2), [/^-I CNI-HOSTPORT-DNAT 1 -p tcp /, /^-I CNI-HOSTPORT-DNAT 2 -p udp /])
})

t.test('only an IPv4 attachment with snat, which has route_localnet set, is guarded', async (t) => {
  t.notMatch(setup({ snat: false }), '*mangle')
  t.notMatch(setup({ prevResult: previousResult(6) }, { family: 6 }), '*mangle')
  t.match(setup({ externalSetMarkChain: 'X' }), '*mangle')
})

t.test('a check is a script that changes nothing', async (t) => {
  t.equal(checkScript('nat', [{ chain: 'X', spec: '-j RETURN' }]), '*nat\n-C X -j RETURN\nCOMMIT\n')
})
