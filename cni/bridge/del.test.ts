import t from 'tap'
import { CniError } from '../protocol/error.ts'
import { del } from './del.ts'
import { simulatedCall } from './simulated-call.ts'
import { type SimulatedEdges, simulatedEdges } from './simulated-edges.ts'
import { device } from './simulated-rtnetlink.ts'

const L3 = { ipam: { type: 'ipam' } }

const call = (edges: SimulatedEdges, config: object = {}): ReturnType<typeof simulatedCall> => simulatedCall(edges, { ...L3, ...config })

t.test('the interface goes before the lease', (t) => {
  const edges = simulatedEdges()
  edges.container.links.push(device({ index: 2, name: 'eth0' }))
  del(call(edges), edges)
  t.strictSame(edges.log, ['container delete 2', 'release to ipam'])
  t.strictSame(edges.open, { namespaces: 0, sockets: 0 })
  t.end()
})

t.test('[bridge 37] DEL of what was never added frees the lease and succeeds, as often as it is called', (t) => {
  const edges = simulatedEdges()
  del(call(edges), edges)
  del(call(edges), edges)
  t.strictSame(edges.log, ['release to ipam', 'release to ipam'])
  t.end()
})

t.test('an interface that another DEL deletes at the same moment is no failure', (t) => {
  const edges = simulatedEdges({ refuse: { 'container delete': 19 } })
  edges.container.links.push(device({ index: 2, name: 'eth0' }))
  del(call(edges), edges)
  t.equal(edges.log.at(-1), 'release to ipam')
  t.end()
})

t.test('without a namespace, or with one that is gone, only the lease is freed', (t) => {
  for (const [kind, netns] of [
    ['there', ''],
    ['missing', '/run/netns/pod'],
    ['file', '/run/netns/pod'],
  ] as const) {
    const edges = simulatedEdges({ namespace: kind })
    del({ ...call(edges), netns }, edges)
    t.strictSame(edges.log, ['release to ipam'], kind)
  }
  t.end()
})

t.test('a path that is no namespace is told on standard error', (t) => {
  const edges = simulatedEdges({ namespace: 'file' })
  const asked = call(edges)
  del(asked, edges)
  t.strictSame(asked.warnings, ['bridge: unknown FS magic on "/run/netns/pod": 1021994: the namespace counts as gone'])
  t.end()
})

t.test('layer 2 has no lease to free', (t) => {
  const edges = simulatedEdges()
  del(call(edges, { ipam: {} }), edges)
  t.strictSame(edges.log, [])
  t.end()
})

t.test('the lease is freed even when the interface cannot be deleted', (t) => {
  const edges = simulatedEdges({ refuse: { 'container delete': 1 } })
  edges.container.links.push(device({ index: 2, name: 'eth0' }))
  t.throws(() => del(call(edges), edges), { message: 'failed to delete "eth0": operation not permitted' })
  t.equal(edges.log.at(-1), 'release to ipam')
  t.end()
})

t.test('the error of the IPAM plugin alone is passed on unchanged; two failures are reported in one', (t) => {
  const error = new CniError(7, 'bad lease', 'file x')
  const calm = simulatedEdges()
  const failing = {
    del: () => {
      throw error
    },
  }
  t.equal(t.throws(() => del(simulatedCall(calm, L3, failing), calm)) as unknown, error)
  const edges = simulatedEdges({ refuse: { 'container delete': 1 } })
  edges.container.links.push(device({ index: 2, name: 'eth0' }))
  t.throws(() => del(simulatedCall(edges, L3, failing), edges), {
    code: 999,
    message: 'failed to delete "eth0": operation not permitted; bad lease',
    details: 'file x',
  })
  t.end()
})

t.test('fields that ADD refuses are no reason to refuse DEL, bad ones are', (t) => {
  const edges = simulatedEdges()
  del(call(edges, { vlan: 100, macspoofchk: true, ipMasq: true, hairpinMode: true, promiscMode: true }), edges)
  t.strictSame(edges.log, ['release to ipam'])
  t.throws(() => del(call(edges, { vlan: 5000 }), edges), { message: 'invalid VLAN ID 5000 (must be between 0 and 4094)' })
  t.end()
})
