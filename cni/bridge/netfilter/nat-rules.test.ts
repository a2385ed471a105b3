import t from 'tap'
import { parseNatTable } from '#kernel/nat-table.ts'
import type { Cidr } from '#net/cidr.ts'
import { containerOf, masqueradeRules } from './nat-rules.ts'
import { setupScript, teardownScript } from './nat-scripts.ts'

const ID = { network: 'mynet', containerId: 'cid1', ifname: 'eth0' }
const CHAIN = 'CNI-a631aa8e1549a3b129110fd2'
const COMMENT = '-m comment --comment "name: \\"mynet\\" id: \\"cid1\\""'

const cidr = (address: string, prefixLength: number): Cidr => ({ address, prefixLength })

t.test('a chain that is not there is made with its rules and the one that leads to it', (t) => {
  const script = setupScript({ id: ID, addresses: [cidr('10.1.2.2', 24)] }, parseNatTable(''))
  t.equal(
    script,
    `*nat
-N ${CHAIN}
-A ${CHAIN} -d 10.1.2.0/24 ${COMMENT} -j ACCEPT
-A ${CHAIN} ! -d 224.0.0.0/4 ${COMMENT} -j MASQUERADE
-A POSTROUTING -s 10.1.2.2/32 ${COMMENT} -j ${CHAIN}
COMMIT
`,
  )
  t.end()
})

t.test('multicast of IPv6 is ff00::/8', (t) => {
  const { accept, masquerade, jumps } = masqueradeRules(ID, [cidr('fd00:1:2::2', 64)])
  t.strictSame(
    [...accept, masquerade, ...jumps].map(({ spec }) => spec),
    [`-d fd00:1:2::/64 ${COMMENT} -j ACCEPT`, `! -d ff00::/8 ${COMMENT} -j MASQUERADE`, `-s fd00:1:2::2/128 ${COMMENT} -j ${CHAIN}`],
  )
  t.end()
})

t.test('every subnet is accepted before the rest is masqueraded, where the reference appends the second behind', (t) => {
  const addresses = [cidr('10.1.2.2', 24), cidr('10.1.3.2', 24), cidr('10.1.2.9', 24)]
  const listing = `*nat
:${CHAIN} - [0:0]
-A POSTROUTING -s 10.1.2.2/32 ${COMMENT} -j ${CHAIN}
-A ${CHAIN} -d 10.9.0.0/16 ${COMMENT} -j ACCEPT
-A ${CHAIN} ! -d 224.0.0.0/4 ${COMMENT} -j MASQUERADE
-A ${CHAIN} -d 10.1.2.0/24 ${COMMENT} -j ACCEPT
COMMIT
`
  const lines = setupScript({ id: ID, addresses }, parseNatTable(listing)).split('\n').slice(1, -2)
  t.strictSame(
    lines.map((line) => line.replace(` ${COMMENT}`, '')),
    [
      `-F ${CHAIN}`,
      `-A ${CHAIN} -d 10.9.0.0/16 -j ACCEPT`,
      `-A ${CHAIN} -d 10.1.2.0/24 -j ACCEPT`,
      `-A ${CHAIN} -d 10.1.3.0/24 -j ACCEPT`,
      `-A ${CHAIN} ! -d 224.0.0.0/4 -j MASQUERADE`,
      `-C POSTROUTING -s 10.1.2.2/32 -j ${CHAIN}`,
      `-A POSTROUTING -s 10.1.3.2/32 -j ${CHAIN}`,
      `-A POSTROUTING -s 10.1.2.9/32 -j ${CHAIN}`,
    ],
  )
  t.end()
})

const LISTING = `*nat
:${CHAIN} - [0:0]
-A POSTROUTING -s 10.1.2.2/32 ${COMMENT} -j ${CHAIN}
-A POSTROUTING -s 10.1.2.3/32 ${COMMENT} -j ${CHAIN}
-A POSTROUTING -s 10.1.2.4/32 -j CNI-other
COMMIT
`

t.test('a chain goes with all rules that lead to it, and with no others', (t) => {
  t.equal(
    teardownScript([{ chain: CHAIN, kept: [] }], parseNatTable(LISTING)),
    `*nat
-D POSTROUTING -s 10.1.2.2/32 ${COMMENT} -j ${CHAIN}
-D POSTROUTING -s 10.1.2.3/32 ${COMMENT} -j ${CHAIN}
-F ${CHAIN}
-X ${CHAIN}
COMMIT
`,
  )
  t.equal(teardownScript([{ chain: CHAIN, kept: [] }], parseNatTable('')), undefined)
  t.end()
})

t.test('a chain stays as long as another interface of the container needs it', (t) => {
  const kept = ['10.1.2.3']
  const script = teardownScript([{ chain: CHAIN, kept }], parseNatTable(LISTING))
  t.equal(script, `*nat\n-D POSTROUTING -s 10.1.2.2/32 ${COMMENT} -j ${CHAIN}\nCOMMIT\n`)
  t.equal(teardownScript([{ chain: CHAIN, kept: ['10.1.2.2', '10.1.2.3'] }], parseNatTable(LISTING)), undefined)
  t.end()
})

t.test('a comment longer than iptables keeps is cut as iptables cuts it', (t) => {
  const { masquerade } = masqueradeRules({ network: 'n'.repeat(200), containerId: 'c'.repeat(100) }, [cidr('10.1.2.2', 24)])
  const comment = /--comment "(.*)" -j/.exec(masquerade.spec)?.[1]?.replaceAll('\\"', '"')
  t.equal(comment, `name: "${'n'.repeat(200)}" id: "${'c'.repeat(41)}`)
  t.end()
})

t.test('a comment names its container; other comments name none', (t) => {
  t.strictSame(containerOf('name: "mynet" id: "cid1"'), { network: 'mynet', containerId: 'cid1' })
  for (const other of ['', 'name: "mynet" id: "cid1', 'dnat name: "mynet" id: "cid1"', 'name: "" id: ""'])
    t.equal(containerOf(other), undefined)
  t.end()
})
