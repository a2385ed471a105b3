import t from 'tap'
import { listedRule, type SimulatedNetfilter, simulatedNetfilter } from './simulated-netfilter.ts'
import { verifyMasquerade, verifySourceCheck } from './verify.ts'

const ID = { network: 'mynet', containerId: 'cid1', ifname: 'eth0' }
const CHAIN = 'CNI-a631aa8e1549a3b129110fd2'
const COMMENT = '-m comment --comment "name: \\"mynet\\" id: \\"cid1\\""'
const ADDRESSES = [{ address: '10.1.2.2', prefixLength: 24 }]
const MISSING = { message: 'Masquerade rules for address 10.1.2.2/24 of network mynet not found' }

const LISTING = `*nat
:${CHAIN} - [0:0]
-A POSTROUTING -s 10.1.2.2/32 ${COMMENT} -j ${CHAIN}
-A ${CHAIN} -d 10.1.2.0/24 ${COMMENT} -j ACCEPT
-A ${CHAIN} ! -d 224.0.0.0/4 ${COMMENT} -j MASQUERADE
COMMIT
`

const edgesWith = (prepare: (edges: SimulatedNetfilter) => void): SimulatedNetfilter => {
  const edges = simulatedNetfilter(() => undefined)
  prepare(edges)
  return edges
}

t.test('masquerading by iptables needs every rule', (t) => {
  const edges = edgesWith((each) => each.chains.add(`4 nat ${CHAIN}`))
  edges.saved[4] = LISTING
  t.doesNotThrow(() => verifyMasquerade(edges, { id: ID, addresses: ADDRESSES }))
  for (const missing of LISTING.split('\n').slice(2, -2)) {
    edges.saved[4] = LISTING.replace(missing, '')
    t.throws(() => verifyMasquerade(edges, { id: ID, addresses: ADDRESSES }), MISSING, missing)
  }
  t.throws(() => verifyMasquerade(simulatedNetfilter(t.fail), { id: ID, addresses: ADDRESSES }), MISSING, 'no process without the chain')
  t.end()
})

t.test('masquerading by nftables needs a rule with the attachment’s mark and the address', (t) => {
  const rule = listedRule({
    family: 'inet',
    table: 'cni_plugins_masquerade',
    chain: 'masq_checks',
    handle: 1,
    comment: 'd23676b4f2d9fe04-0b65a318f52e521b, net: mynet',
    values: [Buffer.from([2]), Buffer.from([10, 1, 2, 2])],
  })
  const edges = edgesWith(({ listed }) => listed.push(rule))
  t.doesNotThrow(() => verifyMasquerade(edges, { id: ID, addresses: ADDRESSES }))
  t.throws(() => verifyMasquerade(edges, { id: { ...ID, ifname: 'eth1' }, addresses: ADDRESSES }), MISSING)
  t.throws(() => verifyMasquerade(edges, { id: ID, addresses: [{ address: '10.1.2.3', prefixLength: 24 }] }))
  t.end()
})

t.test('a source check needs the way from the port to a rule with the address, and the drop behind', (t) => {
  const where = { family: 'bridge', comment: 'macspoofchk-cid1-eth0' } as const
  const all = [
    listedRule({
      ...where,
      chain: 'PREROUTING',
      handle: 1,
      jump: 'cni-br-iface-cid1-eth0',
      values: [Buffer.from('veth1'.padEnd(16, '\0'))],
    }),
    listedRule({ ...where, chain: 'cni-br-iface-cid1-eth0', handle: 2, jump: 'cni-br-iface-cid1-eth0-mac' }),
    listedRule({ ...where, chain: 'cni-br-iface-cid1-eth0-mac', handle: 3, values: [Buffer.from([2, 0, 0, 0, 0, 1])] }),
    listedRule({ ...where, chain: 'cni-br-iface-cid1-eth0-mac', handle: 4 }),
  ]
  const check = { id: ID, port: 'veth1', mac: '02:00:00:00:00:01' }
  const verify = (rules: typeof all, of = check): void =>
    verifySourceCheck(
      edgesWith(({ listed }) => listed.push(...rules)),
      of,
    )
  t.doesNotThrow(() => verify(all))
  const message = 'Spoof check rules for interface veth1 with address 02:00:00:00:00:01 not found'
  for (const { handle } of all) t.throws(() => verify(all.filter((rule) => rule.handle !== handle)), { message }, String(handle))
  t.throws(() => verify(all, { ...check, port: 'veth2' }))
  t.throws(() => verify(all, { ...check, mac: '02:00:00:00:00:02' }))
  t.end()
})
