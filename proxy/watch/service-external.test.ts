import t from 'tap'
import { reduceService } from './reduce-service.ts'

const unexpected = (message: string): never => {
  throw new Error(`unexpected report: ${message}`)
}

/** A load balancer with policy Local; what a test names takes the place of what it has. */
const balancer = ({ spec = {}, metadata = {}, status }: { spec?: object; metadata?: object; status?: unknown } = {}): unknown => ({
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { type: 'LoadBalancer', clusterIP: '10.96.0.10', ports: [{ port: 80 }], externalTrafficPolicy: 'Local', ...spec },
  status: status ?? { loadBalancer: { ingress: [{ ip: '192.0.2.50' }] } },
})

const ingress = (entries: unknown): unknown => balancer({ status: { loadBalancer: { ingress: entries } } })
const ranges = (loadBalancerSourceRanges: unknown) => {
  const reduced = reduceService(balancer({ spec: { loadBalancerSourceRanges } }), unexpected)
  return { ranges: reduced?.sourceRanges?.map(({ address, prefixLength }) => `${address}/${prefixLength}`), notices: reduced?.notices }
}

t.test('load balancer addresses are those that packets still carry when they arrive', async (t) => {
  const cases: readonly (readonly [entries: unknown, addresses: string[]])[] = [
    [[{ ip: '192.0.2.50' }], ['192.0.2.50']],
    [[{ ip: '192.0.2.50', ipMode: 'VIP' }], ['192.0.2.50']],
    [[{ ip: '192.0.2.50', ipMode: null }], ['192.0.2.50']],
    [[{ ip: '192.0.2.50', ipMode: 'Proxy' }], []],
    [[{ ip: '192.0.2.50', ipMode: 'Proxy' }, { ip: '192.0.2.51' }], ['192.0.2.51']],
    [[{ ip: '192.0.2.50', ipMode: 'Tomorrow' }], []],
    [[{ hostname: 'lb.example.org' }], []],
    [[{ hostname: 'lb.example.org', ip: '192.0.2.50' }], ['192.0.2.50']],
    [[{ ip: '' }, { ip: null }, {}, null, 7, '192.0.2.50', []], []],
    [
      [{ ip: '192.0.2.50' }, { ip: '2001:DB8::50' }, { ip: '192.0.2.050' }],
      ['192.0.2.50', '2001:db8::50'],
    ],
    [null, []],
    ['192.0.2.50', []],
    [{ ip: '192.0.2.50' }, []],
  ]
  for (const [entries, addresses] of cases)
    t.strictSame(reduceService(ingress(entries), unexpected)?.loadBalancerIps, addresses, JSON.stringify(entries))
  for (const status of [null, 7, {}, { loadBalancer: null }, { loadBalancer: [] }])
    t.strictSame(reduceService({ ...(balancer() as object), status }, unexpected)?.loadBalancerIps, [], JSON.stringify(status))
})

t.test(
  'load balancer addresses are left over when the Service is of another type, and not wanted with kube-router’s annotation',
  async (t) => {
    t.strictSame(reduceService(balancer({ spec: { type: 'NodePort' } }), unexpected)?.loadBalancerIps, [])
    for (const value of ['true', 'false', '', null]) {
      const skipping = balancer({ metadata: { annotations: { 'kube-router.io/service.skiplbips': value } } })
      t.strictSame(reduceService(skipping, unexpected)?.loadBalancerIps, [], String(value))
    }
  },
)

t.test('external addresses count for every type, each once', async (t) => {
  for (const type of ['ClusterIP', 'NodePort', 'LoadBalancer', undefined]) {
    const external = balancer({ spec: { type, externalIPs: ['198.51.100.7', '198.51.100.007', '2001:DB8::7'] } })
    t.strictSame(reduceService(external, unexpected)?.externalIps, ['198.51.100.7', '2001:db8::7'], type ?? 'no type')
  }
})

t.test('an address that is none, or that no Service can have, is left out and told; the others stay', async (t) => {
  const given = ['198.51.100.7', '127.0.0.1', 'node1', null, '::1', '224.0.0.1', '0.0.0.0', 'fe80::1', '169.254.1.1', '255.255.255.255']
  const reduced = reduceService(balancer({ spec: { externalIPs: given } }), unexpected)
  t.strictSame(reduced?.externalIps, ['198.51.100.7'])
  t.strictSame(reduced?.notices, [
    {
      type: 'Warning',
      reason: 'InvalidAddress',
      message: 'spec.externalIPs: "127.0.0.1", "node1", null and 6 more: not an address that a Service can have',
    },
  ])
  t.strictSame(reduceService(ingress([{ ip: 'ff02::1' }, { ip: 5 }]), unexpected)?.notices, [
    {
      type: 'Warning',
      reason: 'InvalidAddress',
      message: 'status.loadBalancer.ingress: "ff02::1", 5: not an address that a Service can have',
    },
  ])
})

t.test('source ranges are networks of both families, without white space, each once, none inside another', async (t) => {
  t.strictSame(ranges(undefined), { ranges: undefined, notices: [] })
  t.strictSame(ranges(null), { ranges: undefined, notices: [] })
  t.strictSame(ranges([]), { ranges: undefined, notices: [] })
  t.strictSame(ranges([' 203.0.113.0/24\t', '2001:DB8::/32']).ranges, ['203.0.113.0/24', '2001:db8::/32'])
  t.strictSame(ranges(['10.1.2.0/24', '10.1.2.99/24', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24']).ranges, ['10.0.0.0/8'])
  t.strictSame(ranges(['2001:db8:1::/48', '192.0.2.128/25', '2001:db8::/32', '192.0.2.0/25']).ranges, [
    '192.0.2.0/25',
    '192.0.2.128/25',
    '2001:db8::/32',
  ])
  t.strictSame(ranges(['0.0.0.0/0', '10.0.0.0/8', '::/0', 'fd00::/8']).ranges, ['0.0.0.0/0', '::/0'])
})

t.test('a source range that cannot be read opens nothing and is told', async (t) => {
  const told = (message: string) => [
    { type: 'Warning', reason: 'InvalidSourceRange', message: `spec.loadBalancerSourceRanges: ${message}` },
  ]
  const others = 'not a network such as 10.0.0.0/8; only the other networks are served'
  const nobody = 'not a network such as 10.0.0.0/8; nobody is served at the load balancer addresses'
  t.strictSame(ranges(['203.0.113.0/24', '10.0.0.0/33']), { ranges: ['203.0.113.0/24'], notices: told(`"10.0.0.0/33": ${others}`) })
  t.strictSame(ranges(['10.0.0.1', '', '*', null, 0]), { ranges: [], notices: told(`"10.0.0.1", "", "*" and 2 more: ${nobody}`) })
  t.strictSame(ranges('10.0.0.0/8'), { ranges: [], notices: told(`"10.0.0.0/8": ${nobody}`) })
  t.strictSame(ranges({}), { ranges: [], notices: told(`{}: ${nobody}`) })
  t.strictSame(ranges(false), { ranges: [], notices: told(`false: ${nobody}`) })
})

t.test('a health check node port is what load balancers with policy Local have', async (t) => {
  const checked = (spec: object, annotations = {}) =>
    reduceService(balancer({ spec: { healthCheckNodePort: 31_000, ...spec }, metadata: { annotations } }), unexpected)?.healthCheckNodePort
  t.equal(checked({}), 31_000)
  t.equal(checked({ externalTrafficPolicy: 'Cluster' }), 0)
  t.equal(checked({ externalTrafficPolicy: 'Cluster' }, { 'kube-router.io/service.local': 'true' }), 31_000)
  t.equal(checked({ type: 'NodePort' }), 0)
  for (const none of [0, null, undefined, '']) t.equal(checked({ healthCheckNodePort: none }), 0, String(none))
  for (const absurd of [-1, 65_536, 1.5, '31000', {}, true]) {
    const reports: string[] = []
    const reduced = reduceService(balancer({ spec: { healthCheckNodePort: absurd } }), (message) => reports.push(message))
    t.equal(reduced?.healthCheckNodePort, 0, JSON.stringify(absurd))
    t.match(reports, [/^spec\.healthCheckNodePort: .* is not a port \(1 to 65535\); there is no health check$/])
  }
})

t.test('a Service without a legal time of creation is the youngest', async (t) => {
  const created = (creationTimestamp: unknown) => reduceService(balancer({ metadata: { creationTimestamp } }), unexpected)?.createdAt
  t.equal(created('2026-03-01T00:00:00Z'), 1_772_323_200_000)
  for (const none of [undefined, null, '', 'yesterday', '7', 7, {}, '2026-13-01T00:00:00Z'])
    t.equal(created(none), 9_007_199_254_740_991, String(none))
})

t.test('direct server return is refused by name, whatever its value, and the Service is served all the same', async (t) => {
  for (const value of ['tunnel', 'true', '', null]) {
    const reduced = reduceService(balancer({ metadata: { annotations: { 'kube-router.io/service.dsr': value } } }), unexpected)
    t.strictSame(reduced?.loadBalancerIps, ['192.0.2.50'])
    t.strictSame(reduced?.notices, [
      {
        type: 'Warning',
        reason: 'DirectServerReturnNotSupported',
        message:
          'annotation kube-router.io/service.dsr: direct server return is not supported; the Service is served by address translation',
      },
    ])
  }
})

t.test('the hairpin annotations change nothing: every pod reaches itself through its Service', async (t) => {
  const annotations = { 'kube-router.io/service.hairpin': 'true', 'kube-router.io/service.hairpin.externalips': '' }
  t.strictSame(reduceService(balancer({ metadata: { annotations } }), unexpected), reduceService(balancer(), unexpected))
})
