import t from 'tap'
import { reduceService } from './reduce-service.ts'

const unexpected = (message: string): never => {
  throw new Error(`unexpected report: ${message}`)
}

interface Parts {
  readonly metadata?: object
  readonly spec?: object
  readonly status?: unknown
}

const service = ({ metadata, spec, status }: Parts = {}): unknown => ({
  ...(status === undefined ? {} : { status }),
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }], ...spec },
})

t.test('a Service is reduced to its addresses, ports and policies', async (t) => {
  t.strictSame(reduceService(service(), unexpected), {
    key: 'default/web',
    uid: '',
    createdAt: Number.MAX_SAFE_INTEGER,
    clusterIps: ['10.96.0.10'],
    externalIps: [],
    loadBalancerIps: [],
    sourceRanges: undefined,
    healthCheckNodePort: 0,
    ports: [{ name: '', protocol: 'tcp', port: 80, nodePort: 0 }],
    scheduler: 'rr',
    schedulerFlags: 0,
    affinitySeconds: 0,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    notices: [],
  })
})

t.test('every field of a Service that we use is taken over', async (t) => {
  const full = service({
    metadata: {
      uid: '6f1c2a1e-0a55-4c0e-9d4e-1c2b3a4d5e6f',
      creationTimestamp: '2026-03-01T00:00:00Z',
      annotations: { 'kube-router.io/service.scheduler': 'mh', 'kube-router.io/service.schedflags': 'flag-1, flag-2,flag-3' },
    },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.10', 'FD00::00a'],
      externalIPs: ['198.51.100.7', '2001:DB8::0007'],
      loadBalancerSourceRanges: ['203.0.113.9/24'],
      healthCheckNodePort: 31000,
      ports: [
        { name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' },
        { name: 'dns', port: 53, nodePort: 30053, protocol: 'UDP' },
        { name: 'sig', port: 132, protocol: 'SCTP' },
      ],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      internalTrafficPolicy: 'Local',
      externalTrafficPolicy: 'Local',
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.50' }, { ip: '2001:db8::50', ipMode: 'VIP' }] } },
  })
  t.strictSame(reduceService(full, unexpected), {
    key: 'default/web',
    uid: '6f1c2a1e-0a55-4c0e-9d4e-1c2b3a4d5e6f',
    createdAt: 1_772_323_200_000,
    clusterIps: ['10.96.0.10', 'fd00::a'],
    externalIps: ['198.51.100.7', '2001:db8::7'],
    loadBalancerIps: ['192.0.2.50', '2001:db8::50'],
    sourceRanges: [{ address: '203.0.113.0', prefixLength: 24 }],
    healthCheckNodePort: 31_000,
    ports: [
      { name: 'http', protocol: 'tcp', port: 80, nodePort: 30080 },
      { name: 'dns', protocol: 'udp', port: 53, nodePort: 30053 },
      { name: 'sig', protocol: 'sctp', port: 132, nodePort: 0 },
    ],
    scheduler: 'mh',
    schedulerFlags: 0x38,
    affinitySeconds: 60,
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
    notices: [],
  })
})

t.test('a Service that needs no proxy of ours is reduced to nothing', async (t) => {
  const cases: Readonly<Record<string, unknown>> = {
    headless: service({ spec: { clusterIP: 'None', clusterIPs: ['None'] } }),
    'without an address yet': service({ spec: { clusterIP: '', clusterIPs: [] } }),
    ExternalName: service({ spec: { type: 'ExternalName' } }),
    'labelled headless': service({ metadata: { labels: { 'service.kubernetes.io/headless': '' } } }),
    "another proxy's": service({ metadata: { labels: { 'service.kubernetes.io/service-proxy-name': 'other' } } }),
    "a nameless proxy's": service({ metadata: { labels: { 'service.kubernetes.io/service-proxy-name': '' } } }),
    "an odd proxy's": service({ metadata: { labels: { 'service.kubernetes.io/service-proxy-name': null } } }),
    'ours, and headless': service({
      metadata: { labels: { 'service.kubernetes.io/service-proxy-name': 'kube-router', 'service.kubernetes.io/headless': '' } },
    }),
  }
  for (const [name, raw] of Object.entries(cases)) t.equal(reduceService(raw, unexpected), undefined, name)
})

t.test('a Service without a spec is one that cannot be read, and none that is gone', async (t) => {
  const metadata = { name: 'web', namespace: 'default' }
  t.throws(() => reduceService({ metadata }, unexpected), { name: 'ObjectError', message: 'spec: undefined is not a map' })
  t.throws(() => reduceService({ metadata, spec: null }, unexpected), { message: 'spec: null is not a map' })
})

t.test('a Service that names kube-router as its proxy is served: we stand in its place', async (t) => {
  const named = service({ metadata: { labels: { 'service.kubernetes.io/service-proxy-name': 'kube-router' } } })
  t.equal(reduceService(named, unexpected)?.key, 'default/web')
})

t.test('the local annotation makes the outside Local and the inside Cluster', async (t) => {
  const local = (value: string) =>
    service({ metadata: { annotations: { 'kube-router.io/service.local': value } }, spec: { internalTrafficPolicy: 'Local' } })
  t.match(reduceService(local('true'), unexpected), { internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Local' })
  t.match(reduceService(local('yes'), unexpected), { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Cluster' })
})

t.test('node ports count only for the types that have them', async (t) => {
  const typed = (type: string) =>
    reduceService(service({ spec: { type, ports: [{ port: 80, nodePort: 30080 }] } }), unexpected)?.ports[0]?.nodePort
  t.equal(typed('NodePort'), 30080)
  t.equal(typed('LoadBalancer'), 30080)
  t.equal(typed('ClusterIP'), 0)
})

t.test('an address that is listed twice counts once', async (t) => {
  const twice = service({ spec: { clusterIP: 'fd00::1', clusterIPs: ['FD00::0001', 'fd00:0::1'] } })
  t.strictSame(reduceService(twice, unexpected)?.clusterIps, ['fd00::1'])
})

t.test('a port of an unknown protocol is left out, and the others stay', async (t) => {
  const reports: string[] = []
  const mixed = service({
    spec: {
      ports: [
        { port: 1, protocol: 'QUIC' },
        { port: 2, protocol: 'UDP' },
      ],
    },
  })
  t.strictSame(reduceService(mixed, (message) => reports.push(message))?.ports, [{ name: '', protocol: 'udp', port: 2, nodePort: 0 }])
  t.strictSame(reports, ['spec.ports[0].protocol: "QUIC" is none of TCP, UDP, SCTP; the port is left out'])
})

t.test('a Service that cannot be used is refused with the field and what is legal', async (t) => {
  const cases: readonly (readonly [raw: unknown, message: RegExp])[] = [
    [undefined, /^metadata\.name: undefined is not a name/],
    [null, /^metadata\.name/],
    ['text', /^metadata\.name/],
    [[], /^metadata\.name/],
    [{ metadata: null }, /^metadata\.name/],
    [{ metadata: { name: 'web' } }, /^metadata\.namespace: undefined is not a name/],
    [{ metadata: { name: 'a/b', namespace: 'default' } }, /^metadata\.name: "a\/b" is not a name/],
    [{ metadata: { name: '../x', namespace: 'default' } }, /^metadata\.name/],
    [{ metadata: { name: 'x'.repeat(254), namespace: 'default' } }, /^metadata\.name/],
    [service({ spec: { clusterIPs: ['10.96.0.256'] } }), /^spec\.clusterIPs: "10\.96\.0\.256" is not an IP address$/],
    [service({ spec: { clusterIPs: ['127.0.0.1'] } }), /^spec\.clusterIPs: "127\.0\.0\.1" is not an address that a Service can have$/],
    [service({ spec: { clusterIP: 5 } }), /^spec\.clusterIPs: 5 is not an IP address$/],
    [service({ spec: { ports: [{ port: 0 }] } }), /^spec\.ports\[0\]\.port: 0 is not a port \(1 to 65535\)$/],
    [service({ spec: { ports: [{ port: 80 }, {}] } }), /^spec\.ports\[1\]\.port: undefined is not a port/],
    [service({ spec: { ports: [null] } }), /^spec\.ports\[0\]\.port/],
    [
      service({ spec: { type: 'NodePort', ports: [{ port: 80, nodePort: '30080' }] } }),
      /^spec\.ports\[0\]\.nodePort: "30080" is not a port/,
    ],
  ]
  for (const [raw, message] of cases)
    t.throws(() => reduceService(raw, unexpected), { name: 'ObjectError', message }, JSON.stringify(raw)?.slice(0, 80))
})

t.test('fields of any wrong type elsewhere read as empty', async (t) => {
  for (const wrong of [null, 1, 'text', true, [], {}, [[]]]) {
    const spec = {
      clusterIPs: wrong,
      ports: wrong,
      sessionAffinity: wrong,
      internalTrafficPolicy: wrong,
      externalTrafficPolicy: wrong,
      type: wrong,
    }
    const metadata = { labels: wrong, annotations: wrong }
    if (Array.isArray(wrong) && wrong.length > 0) {
      t.throws(() => reduceService(service({ metadata, spec }), () => {}), { name: 'ObjectError' })
      continue
    }
    t.match(
      reduceService(service({ metadata, spec }), unexpected),
      { clusterIps: ['10.96.0.10'], ports: [], affinitySeconds: 0 },
      JSON.stringify(wrong),
    )
  }
})
