import t from 'tap'
import { CniError } from '../protocol/error.ts'
import { createBridge } from './plugin.ts'
import { simulatedCall } from './simulated-call.ts'
import { simulatedEdges } from './simulated-edges.ts'

t.test('STATUS is the IPAM plugin’s answer', async (t) => {
  const edges = simulatedEdges()
  const asked: string[] = []
  const call = simulatedCall(edges, { ipam: { type: 'host-local' } }, { status: (type) => void asked.push(type) })
  createBridge(edges).status?.(call)
  t.same(asked, ['host-local'])
  const full = new CniError(50, 'no addresses left')
  const failing = simulatedCall(
    edges,
    { ipam: { type: 'host-local' } },
    {
      status: () => {
        throw full
      },
    },
  )
  t.throws(() => createBridge(edges).status?.(failing), full)
})

t.test('STATUS and GC of a layer 2 network ask nobody', async (t) => {
  const edges = simulatedEdges()
  createBridge(edges).status?.(simulatedCall(edges, {}))
  createBridge(edges).gc?.(simulatedCall(edges, {}))
  t.same(edges.log, [])
})
