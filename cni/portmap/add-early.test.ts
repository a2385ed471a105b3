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
