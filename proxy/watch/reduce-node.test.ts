import t from 'tap'
import { reduceNode } from './reduce-node.ts'

const unexpected = (message: string): never => {
  throw new Error(`unexpected report: ${message}`)
}

const CIDR_20 = { address: '10.20.0.0', prefixLength: 24 }
const CIDR_30 = { address: '10.30.0.0', prefixLength: 24 }

t.test('a Node has its internal addresses first, then the external ones, and no names', async (t) => {
  const addresses = [
    { type: 'Hostname', address: 'node1' },
    { type: 'ExternalIP', address: '203.0.113.5' },
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'InternalIP', address: 'FD00::0001' },
    { type: 'InternalIP', address: '10.0.0.1' },
  ]
  t.strictSame(reduceNode({ metadata: { name: 'node1' }, status: { addresses } }, unexpected), {
    name: 'node1',
    addresses: ['10.0.0.1', 'fd00::1', '203.0.113.5'],
    podCidrs: [],
    zone: '',
    deleting: false,
    taintedForDeletion: false,
  })
})

t.test('a Node tells its zone by its label', async (t) => {
  const zoned = (labels: unknown) => reduceNode({ metadata: { name: 'node1', labels } }, unexpected).zone
  t.equal(zoned({ 'topology.kubernetes.io/zone': 'zone-a', 'failure-domain.beta.kubernetes.io/zone': 'zone-b' }), 'zone-a')
  for (const labels of [undefined, null, {}, [], { 'topology.kubernetes.io/zone': null }, { 'topology.kubernetes.io/zone': 3 }])
    t.equal(zoned(labels), '', JSON.stringify(labels))
})

t.test('a Node that is on its way out says so: by its deletion time, or by the autoscaler’s taint', async (t) => {
  const leaving = (metadata: object, spec: unknown) => {
    const { deleting, taintedForDeletion } = reduceNode({ metadata: { name: 'node1', ...metadata }, spec }, unexpected)
    return [deleting, taintedForDeletion]
  }
  const taint = (key: unknown) => ({
    taints: [
      { key: 'other', effect: 'NoSchedule' },
      { key, effect: 'NoSchedule', value: '1' },
    ],
  })
  t.strictSame(leaving({ deletionTimestamp: '2026-03-01T00:00:00Z' }, {}), [true, false])
  t.strictSame(leaving({}, taint('ToBeDeletedByClusterAutoscaler')), [false, true])
  t.strictSame(leaving({}, taint('DeletionCandidateOfClusterAutoscaler')), [false, false])
  t.strictSame(leaving({}, { unschedulable: true, ...taint('node.kubernetes.io/unschedulable') }), [false, false])
  for (const taints of [null, 7, 'ToBeDeletedByClusterAutoscaler', [null, 'ToBeDeletedByClusterAutoscaler', {}, { key: null }]])
    t.strictSame(leaving({ deletionTimestamp: null }, { taints }), [false, false], JSON.stringify(taints))
})

t.test('pod CIDRs come from the annotations, else from podCIDRs, else from podCIDR', async (t) => {
  const v6 = { address: 'fd00::', prefixLength: 64 }
  const cases: readonly (readonly [node: object, podCidrs: unknown])[] = [
    [{ spec: { podCIDR: '10.20.0.0/24' } }, [CIDR_20]],
    [{ spec: { podCIDR: '10.20.0.0/24', podCIDRs: ['10.30.0.0/24', 'fd00::/64'] } }, [CIDR_30, v6]],
    [{ annotations: { 'kube-router.io/pod-cidrs': '10.30.0.0/24, fd00::/64' }, spec: { podCIDRs: ['10.20.0.0/24'] } }, [CIDR_30, v6]],
    [{ annotations: { 'kube-router.io/pod-cidr': '10.20.0.0/24', 'kube-router.io/pod-cidrs': '10.30.0.0/24' } }, [CIDR_20]],
    [{ spec: { podCIDR: '10.20.0.7/24' } }, [CIDR_20]],
    [{ spec: { podCIDRs: [], podCIDR: '' } }, []],
    [{ spec: null }, []],
  ]
  for (const [{ annotations, spec }, podCidrs] of cases as readonly (readonly [{ annotations?: object; spec?: unknown }, unknown])[]) {
    t.strictSame(
      reduceNode({ metadata: { name: 'node1', annotations }, spec }, unexpected).podCidrs,
      podCidrs,
      JSON.stringify({ annotations, spec }),
    )
  }
})

t.test('what is no address and no CIDR is left out and reported', async (t) => {
  const reports: string[] = []
  const node = {
    metadata: { name: 'node1', annotations: { 'kube-router.io/pod-cidr': 'all' } },
    spec: { podCIDRs: ['10.20.0.0/33', '10.30.0.0/24', 5] },
    status: { addresses: [{ type: 'InternalIP', address: 'none' }, null, { type: 'InternalIP', address: '10.0.0.1' }] },
  }
  t.strictSame(
    reduceNode(node, (message) => reports.push(message)),
    { name: 'node1', addresses: ['10.0.0.1'], podCidrs: [CIDR_30], zone: '', deleting: false, taintedForDeletion: false },
  )
  t.strictSame(reports, [
    'status.addresses: "none" is not an IP address that a node can have; it is left out',
    'annotation kube-router.io/pod-cidr: "all" is not a CIDR; it is left out',
    'spec.podCIDRs: "10.20.0.0/33" is not a CIDR; it is left out',
  ])
})

t.test('an address that no node can have is left out: kubelet refuses them too', async (t) => {
  const special = ['127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.1', '::1', '::', 'fe80::1', 'ff02::1']
  const addresses = [...special, '192.0.2.1'].map((address) => ({ type: 'InternalIP', address }))
  const reports: string[] = []
  const { addresses: found } = reduceNode({ metadata: { name: 'node1' }, status: { addresses } }, (message) => reports.push(message))
  t.strictSame(found, ['192.0.2.1'])
  t.equal(reports.length, special.length)
})

t.test('a Node of nothing but a name is a Node; one without a name is none', async (t) => {
  t.strictSame(reduceNode({ metadata: { name: 'node1' } }, unexpected), {
    name: 'node1',
    addresses: [],
    podCidrs: [],
    zone: '',
    deleting: false,
    taintedForDeletion: false,
  })
  for (const raw of [undefined, null, 1, 'node1', [], {}, { metadata: { name: '' } }, { metadata: { name: 'Node_1' } }]) {
    t.throws(() => reduceNode(raw, unexpected), { name: 'ObjectError', message: /^metadata\.name/ }, JSON.stringify(raw))
  }
})
