import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { removalScript, retractionScript } from './iptables-removal.ts'
import { DNAT_CHAIN, OLD_SNAT_CHAIN, ownChain } from './iptables-rules.ts'
import { parseTables, type Tables } from './tables.ts'
import { testConfig } from './testing/call.ts'
import { ENTRY, FRESH, OTHER, READY, withEntries } from './testing/tables.ts'

const BRANCHES = [
  { chain: ownChain(testConfig()), from: DNAT_CHAIN },
  { chain: 'CNI-SN-a631aa8e1549a3b129110', from: OLD_SNAT_CHAIN },
]
const removal = ({ nat }: Tables): string | undefined => removalScript(BRANCHES, nat)

t.test('[portmap 21] removing deletes the attachment’s entries and chain, and nothing else', async (t) => {
  t.equal(
    removal(withEntries(OTHER, ENTRY, ENTRY.replace('8080', '9090'))),
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
  const script = removal(withEntries(ENTRY, ENTRY)) ?? ''
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
    removal(parseTables(listing)),
    `*nat
-D CNI-HOSTPORT-SNAT -m comment --comment "snat name: \\"mynet\\" id: \\"cid1\\"" -j CNI-SN-a631aa8e1549a3b129110
-F CNI-SN-a631aa8e1549a3b129110
-X CNI-SN-a631aa8e1549a3b129110
COMMIT
`,
  )
})

t.test('[portmap 23] where nothing of the attachment is, nothing is to be done', async (t) => {
  t.equal(removal(READY), undefined)
  t.equal(removal(FRESH), undefined)
})

t.test('what a failed ADD made for all is taken back, rule by rule, so that rules of others keep it', async (t) => {
  const config = testConfig()
  const [forwards] = forwardsByFamily(config)
  if (forwards === undefined) throw new Error('the config has an IPv4 address')
  t.equal(retractionScript({ config, forwards }, READY), undefined, 'all was there before')
  t.equal(
    retractionScript({ config, forwards }, FRESH),
    `*nat
-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-D OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-X CNI-HOSTPORT-DNAT
-D CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-D POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-X CNI-HOSTPORT-MASQ
-D CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-X CNI-HOSTPORT-SETMARK
COMMIT
*mangle
-D CNI-HOSTPORT-LOCALNET -d 127.0.0.0/8 ! -i lo -j DROP
-D PREROUTING -j CNI-HOSTPORT-LOCALNET
-X CNI-HOSTPORT-LOCALNET
COMMIT
`,
  )
})
