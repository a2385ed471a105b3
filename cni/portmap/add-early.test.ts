import t from 'tap'
import { createPortmap } from './plugin.ts'
import { previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, simulatedHost } from './testing/simulated-host.ts'

const add = (host: SimulatedHost, fields: object = {}) => createPortmap(host).add(testCall(fields))

const DUAL = { prevResult: previousResult(4, 6) }

t.test('iptables is told what will be restored before anything is read, and whatever happens no program is left waiting', async (t) => {
  const seen: number[][] = []
  const host = simulatedHost()
  const { iptables } = host
  const hasChain: typeof iptables.hasChain = (id) => {
    seen.push([...iptables.expected])
    return iptables.hasChain(id)
  }
  add({ ...host, iptables: { ...iptables, hasChain } }, DUAL)
  t.same([seen[0], [...iptables.expected]], [[4, 6], []])
  const refusing = simulatedHost({ refuse: 'net/' })
  t.throws(() => add(refusing))
  t.same([...refusing.iptables.expected], [])
  const byNft = simulatedHost()
  const expectRestore = () => t.fail('nftables needs no iptables-restore')
  add({ ...byNft, iptables: { ...byNft.iptables, expectRestore } }, { backend: 'nftables' })
})

t.test('once the shared chains are known to be there, iptables begins to check them; before that, nothing is announced', async (t) => {
  const host = simulatedHost()
  add(host)
  t.same(host.iptables.announced, [], 'the first ADD makes them')
  createPortmap(host).add(testCall({}, { containerId: 'another' }))
  const [[family, beginning] = [], ...more] = host.iptables.announced
  t.same([family, more], [4, []])
  t.equal(
    beginning,
    `*nat
-C CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000
-C CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
-C POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ
-C PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-C OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
`,
  )
  t.ok(host.iptables.ran.at(-1)?.script?.startsWith(beginning ?? '-'))
})
