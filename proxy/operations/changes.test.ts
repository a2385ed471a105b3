import t from 'tap'
import { createCluster } from '../services/cluster.ts'
import type { Item } from '../services/item.ts'
import { createLedger } from '../services/ledger.ts'
import { node, service, slice } from '../services/testing/builders.ts'
import type { ClusterEvent } from '../services/types.ts'
import { createChanges } from './changes.ts'

const scene = () => {
  const [cluster, ledger] = [createCluster(), createLedger()]
  const heard: unknown[] = []
  let waiting: unknown
  const changes = createChanges({
    cluster,
    ledger,
    metrics: {
      changesHeard: (facts) => heard.push(facts),
      setWaiting: (facts) => {
        waiting = facts
      },
    },
    now: () => 5,
  })
  const send = (...events: ClusterEvent[]): void => {
    for (const event of events) cluster.apply(event)
    changes.handle(events)
  }
  const state = () => {
    changes.record()
    return waiting
  }
  return { cluster, ledger, heard, send, state }
}
const none = { internal: 0, external: 0 }

t.test('Services and slices are counted apart, and wait until the loop has taken them', async (t) => {
  const { cluster, heard, send, state } = scene()
  send({ kind: 'service', key: 'a/b', value: service('a/b') }, { kind: 'slice', key: 'a/b-1', value: slice('a/b', ['10.20.0.2']) })
  send({ kind: 'slice', key: 'a/b-1', value: slice('a/b', ['10.20.0.3']) }, { kind: 'node', key: 'node-a', value: node() })
  t.same(heard, [
    { services: 1, endpoints: 1, at: 5 },
    { services: 0, endpoints: 1, at: 5 },
  ])
  t.same(state(), { services: 1, endpoints: 1, noLocalEndpoints: none })
  cluster.takeDirty(10)
  t.same(state(), { services: 0, endpoints: 0, noLocalEndpoints: none })
})

t.test('a Node alone is no change of that kind', async (t) => {
  const { heard, send } = scene()
  send({ kind: 'node', key: 'node-a', value: node() })
  t.same(heard, [])
})

t.test('Services that a Local policy leaves without endpoints here are counted once each', async (t) => {
  const { ledger, state } = scene()
  const element = (set: 'drop4' | 'drop6' | 'outsidedrop4' | 'vip4', text: string): Item => ({ kind: 'element', set, element: text })
  ledger.put(element('drop4', '10.96.0.1 . tcp . 80'), ['a/inside'])
  ledger.put(element('drop6', 'fd96::1 . tcp . 80'), ['a/inside'])
  ledger.put(element('outsidedrop4', '192.0.2.1 . tcp . 30080'), ['a/outside'])
  ledger.put(element('outsidedrop4', '192.0.2.1 . tcp . 30081'), ['a/other'])
  ledger.put(element('vip4', '10.96.0.2 . tcp . 80'), ['a/fine'])
  t.same(state(), { services: 0, endpoints: 0, noLocalEndpoints: { internal: 1, external: 2 } })
})
