import t from 'tap'
import { parseNatTable } from '#kernel/nat-table.ts'
import { forwardsByFamily } from './forwards.ts'
import { setupScript, teardownScript } from './iptables-scripts.ts'
import { mapping, testConfig } from './testing/call.ts'

const FRESH = parseNatTable('*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n')
const READY = parseNatTable(`*nat
:PREROUTING ACCEPT [5:300]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-HOSTPORT-MASQ - [0:0]
:CNI-HOSTPORT-SETMARK - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
COMMIT
`)

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
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110
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
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110
COMMIT
`,
  )
})

t.test('[portmap 13] only what is missing of the shared rules is made, with the mark of the config', async (t) => {
  const withoutJump = { ...READY, rules: READY.rules.filter((rule) => !rule.startsWith('-A OUTPUT')) }
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

const ENTRY =
  '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid1\\"" -m multiport --dports 8080 -j CNI-DN-a631aa8e1549a3b129110'
const OTHER =
  '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"mynet\\" id: \\"cid2\\"" -m multiport --dports 8080 -j CNI-DN-x'
const withEntries = (...entries: string[]) => ({
  chains: new Set([...READY.chains, 'CNI-DN-a631aa8e1549a3b129110']),
  rules: [...READY.rules, ...entries],
})

t.test('[portmap 22] making an attachment again fills its chain anew and leaves its entries in their places', async (t) => {
  t.strictSame(own(setup({}, { table: withEntries(ENTRY, OTHER) })), [
    '-F CNI-DN-a631aa8e1549a3b129110',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 10.20.3.2/24 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK',
    '-A CNI-DN-a631aa8e1549a3b129110 -p tcp --dport 8080 -j DNAT --to-destination 10.20.3.2:80',
  ])
})

t.test('making an attachment again with other ports replaces its entries', async (t) => {
  const commands = own(setup({ runtimeConfig: { portMappings: [mapping(9090, 80)] } }, { table: withEntries(ENTRY, OTHER) }))
  t.strictSame(commands.slice(-2), [ENTRY.replace('-A', '-D'), ENTRY.replace('8080', '9090')])
})

t.test('[portmap 21] removing deletes the attachment’s entries and chain, and nothing else', async (t) => {
  t.equal(
    teardownScript(testConfig(), withEntries(OTHER, ENTRY, ENTRY.replace('8080', '9090'))),
    `*nat
${ENTRY.replace('-A', '-D')}
${ENTRY.replace('-A', '-D').replace('8080', '9090')}
-F CNI-DN-a631aa8e1549a3b129110
-X CNI-DN-a631aa8e1549a3b129110
COMMIT
`,
  )
})

t.test('an entry that is there twice is deleted twice', async (t) => {
  const script = teardownScript(testConfig(), withEntries(ENTRY, ENTRY)) ?? ''
  t.equal(script.split('\n').filter((line) => line === ENTRY.replace('-A', '-D')).length, 2)
})

t.test('removing takes away what old versions of the reference left', async (t) => {
  const listing = `*nat
:CNI-HOSTPORT-SNAT - [0:0]
:CNI-SN-a631aa8e1549a3b129110 - [0:0]
-A CNI-HOSTPORT-SNAT -m comment --comment "snat name: \\"mynet\\" id: \\"cid1\\"" -j CNI-SN-a631aa8e1549a3b129110
COMMIT
`
  t.equal(
    teardownScript(testConfig(), parseNatTable(listing)),
    `*nat
-D CNI-HOSTPORT-SNAT -m comment --comment "snat name: \\"mynet\\" id: \\"cid1\\"" -j CNI-SN-a631aa8e1549a3b129110
-F CNI-SN-a631aa8e1549a3b129110
-X CNI-SN-a631aa8e1549a3b129110
COMMIT
`,
  )
})

t.test('[portmap 23] where nothing of the attachment is, nothing is to be done', async (t) => {
  t.equal(teardownScript(testConfig(), READY), undefined)
  t.equal(teardownScript(testConfig(), FRESH), undefined)
})
