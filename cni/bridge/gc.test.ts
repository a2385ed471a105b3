import t from 'tap'
import { CniError } from '../protocol/error.ts'
import { gc } from './gc.ts'
import { simulatedCall } from './simulated-call.ts'
import { simulatedEdges } from './simulated-edges.ts'

const L3 = { ipam: { type: 'ipam' }, 'cni.dev/valid-attachments': [{ containerID: 'cid1', ifname: 'eth0' }] }

t.test('GC is the IPAM plugin’s as well, which the reference does not ask', (t) => {
  const edges = simulatedEdges()
  const asked: string[] = []
  gc(simulatedCall(edges, L3, { gc: (type) => void asked.push(type) }), edges)
  t.strictSame([asked, edges.open], [['ipam'], { namespaces: 0, sockets: 0 }])
  gc(simulatedCall(edges, {}, { gc: (type) => void asked.push(type) }), edges)
  t.strictSame(asked, ['ipam'], 'layer 2 has none')
  t.end()
})

t.test('the IPAM plugin is asked even when rules cannot be removed, and both failures are told', (t) => {
  const edges = simulatedEdges()
  const asked: string[] = []
  const failing = {
    gc: (type: string) => {
      asked.push(type)
      throw new CniError(7, 'broken lease')
    },
  }
  const list = (): never => {
    throw new Error('no nf_tables')
  }
  const broken = { ...edges, netfilter: { ...edges.netfilter, rules: { ...edges.netfilter.rules, list } } }
  t.throws(() => gc(simulatedCall(edges, L3, failing), broken), { message: 'no nf_tables; broken lease' })
  t.throws(() => gc(simulatedCall(edges, L3, failing), edges), { code: 7, message: 'broken lease' })
  t.strictSame(asked, ['ipam', 'ipam'])
  t.end()
})

t.test('without a list of attachments no rules are looked at, the IPAM plugin is asked all the same', (t) => {
  const edges = simulatedEdges()
  const asked: string[] = []
  const untouched = { ...edges, openRtnetlink: () => t.fail('opened') as never }
  gc(simulatedCall(edges, { ipam: { type: 'ipam' } }, { gc: (type) => void asked.push(type) }), untouched)
  t.strictSame(asked, ['ipam'])
  t.end()
})
