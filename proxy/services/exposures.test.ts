import t from 'tap'
import type { AddressRules } from './address-rules.ts'
import { port, service, slice } from './testing/builders.ts'
import { compiled } from './testing/compiling.ts'
import { walk } from './testing/walk.ts'

const cidr = (address: string, prefixLength: number) => ({ address, prefixLength })
const STRICT: AddressRules = {
  strict: true,
  external: [cidr('198.51.100.0', 24), cidr('10.0.0.0', 8)],
  balancer: [cidr('203.0.113.0', 24), cidr('2001:db8:8::', 64)],
  cluster: [cidr('10.96.0.0', 12)],
}
const keys = (items: ReadonlyMap<string, unknown>, start: string): string[] =>
  [...items.keys()].filter((key) => key.startsWith(start)).sort()

t.test('every port answers at every external address, and the addresses have one route each', async (t) => {
  const many = service('a/b', {
    externalIps: ['198.51.100.7', '198.51.100.8'],
    loadBalancerIps: ['203.0.113.7'],
    ports: [port({ name: 'x', port: 80 }), port({ name: 'y', port: 443 })],
  })
  const { items } = compiled([many])
  t.same(keys(items, 'element vip'), [
    'element vip4 10.96.0.10 . tcp . 443',
    'element vip4 10.96.0.10 . tcp . 80',
    'element vip4 198.51.100.7 . tcp . 443',
    'element vip4 198.51.100.7 . tcp . 80',
    'element vip4 198.51.100.8 . tcp . 443',
    'element vip4 198.51.100.8 . tcp . 80',
    'element vip4 203.0.113.7 . tcp . 443',
    'element vip4 203.0.113.7 . tcp . 80',
  ])
  t.same(keys(items, 'route'), ['route 10.96.0.10', 'route 198.51.100.7', 'route 198.51.100.8', 'route 203.0.113.7'])
})

t.test('an address that a link of this node has gets neither route nor guard: only the Service’s ports are taken', async (t) => {
  const own = service('a/b', { externalIps: ['192.0.2.9', '198.51.100.7'] })
  const { items } = compiled([own, slice('a/b', ['10.1.1.1'])], { view: { ownAddresses: ['192.0.2.1', '192.0.2.9'] } })
  t.same(keys(items, 'route'), ['route 10.96.0.10', 'route 198.51.100.7'])
  t.same(keys(items, 'element address'), ['element address4 10.96.0.10', 'element address4 198.51.100.7'])
  t.same(keys(items, 'element nodeport'), ['element nodeport4 192.0.2.9 . tcp . 80'])
  t.equal(walk(items, { address: '192.0.2.9', port: 80 }), '10.1.1.1:8080')
  t.equal(walk(items, { address: '192.0.2.9', port: 22 }), 'passed')
})

t.test('an external address that another node has is not served here, and that is told', async (t) => {
  const elsewhere = service('a/b', { externalIps: ['192.0.2.2', '198.51.100.7'], loadBalancerIps: ['192.0.2.3'] })
  const { items, notices } = compiled([elsewhere], { view: { otherNodes: ['192.0.2.2', '192.0.2.3'] } })
  t.same(keys(items, 'route'), ['route 10.96.0.10', 'route 198.51.100.7'])
  t.same(keys(items, 'server'), ['server tcp 10.96.0.10:80', 'server tcp 198.51.100.7:80'])
  t.same(notices, [
    {
      type: 'Normal',
      reason: 'AddressOfNode',
      message: 'external addresses 192.0.2.3, 192.0.2.2: not served on this node, another node has the address',
    },
  ])
})

t.test('a cluster IP that a link of this node has is left to whoever put it there', async (t) => {
  const cached = service('kube-system/kube-dns', { clusterIps: ['10.96.0.10'], externalIps: ['198.51.100.7'] })
  const { items, notices } = compiled([cached], { view: { ownAddresses: ['192.0.2.1', '10.96.0.10'] } })
  t.same(keys(items, 'server'), ['server tcp 198.51.100.7:80'])
  t.same(notices, [
    {
      type: 'Normal',
      reason: 'AddressOfNode',
      message: 'spec.clusterIPs: 10.96.0.10: left to this node, which has the address on one of its links',
    },
  ])
})

t.test('under strict validation external addresses lie in their range and in no cluster range, or are refused and told', async (t) => {
  const asking = service('a/b', {
    externalIps: ['198.51.100.7', '198.51.101.7', '10.97.0.1', '10.1.0.1'],
    loadBalancerIps: ['203.0.113.7', '203.0.114.7', '2001:db8:8::7', '2001:db8:9::7'],
  })
  const { items, notices } = compiled([asking], { rules: STRICT })
  t.same(keys(items, 'route'), ['route 10.1.0.1', 'route 10.96.0.10', 'route 198.51.100.7', 'route 2001:db8:8::7', 'route 203.0.113.7'])
  const refused = (message: string) => ({ type: 'Warning', reason: 'ExternalAddressRefused', message })
  t.same(notices, [
    refused(
      'status.loadBalancer.ingress: 203.0.114.7, 2001:db8:9::7: not served, because outside --loadbalancer-ip-range (--strict-external-ip-validation)',
    ),
    refused('spec.externalIPs: 198.51.101.7: not served, because outside --service-external-ip-range (--strict-external-ip-validation)'),
    refused('spec.externalIPs: 10.97.0.1: not served, because inside --service-cluster-ip-range (--strict-external-ip-validation)'),
  ])
})

t.test('strict validation without a range allows none of that kind; without it every address is allowed', async (t) => {
  const asking = service('a/b', { externalIps: ['198.51.100.7', '10.97.0.1'], loadBalancerIps: ['203.0.113.7'] })
  const none = compiled([asking], { rules: { ...STRICT, external: [], balancer: [] } })
  t.same(keys(none.items, 'route'), ['route 10.96.0.10'])
  t.same(
    none.notices.map(({ message }) => message),
    [
      'status.loadBalancer.ingress: 203.0.113.7: not served, because --loadbalancer-ip-range is not given (--strict-external-ip-validation)',
      'spec.externalIPs: 198.51.100.7, 10.97.0.1: not served, because --service-external-ip-range is not given (--strict-external-ip-validation)',
    ],
  )
  const loose = compiled([asking], { rules: { ...STRICT, strict: false } })
  t.same(keys(loose.items, 'route'), ['route 10.96.0.10', 'route 10.97.0.1', 'route 198.51.100.7', 'route 203.0.113.7'])
  t.same(loose.notices, [])
})

t.test('cluster IPs and NodePorts are no external addresses: no range concerns them', async (t) => {
  const plain = service('a/b', { clusterIps: ['172.30.0.1'], ports: [port({ nodePort: 30_080 })] })
  t.same(keys(compiled([plain], { rules: STRICT }).items, 'server'), ['server tcp 172.30.0.1:80', 'server tcp 192.0.2.1:30080'])
})

t.test('source ranges restrict the load balancer’s addresses, for everybody, by family, and nothing else', async (t) => {
  const restricted = service('a/b', {
    clusterIps: ['10.96.0.10', 'fd00:96::a'],
    externalIps: ['198.51.100.7'],
    loadBalancerIps: ['203.0.113.7', '2001:db8:8::7'],
    sourceRanges: [cidr('192.0.2.0', 25), cidr('10.20.0.0', 16)],
    ports: [port({ nodePort: 30_080 })],
  })
  const { items } = compiled([restricted, slice('a/b', ['10.1.1.1']), slice('a/b', ['fd00:1::1'], { key: 'a/b-6', family: 6 })])
  t.same(keys(items, 'element restricted'), ['element restricted4 203.0.113.7 . tcp . 80', 'element restricted6 2001:db8:8::7 . tcp . 80'])
  t.same(keys(items, 'element allowed'), [
    'element allowed4 203.0.113.7 . tcp . 80 . 10.20.0.0/16',
    'element allowed4 203.0.113.7 . tcp . 80 . 192.0.2.0/25',
  ])
  const from = (source: string, address = '203.0.113.7', port = 80) =>
    [true, false].map((inside) => walk(items, { address, port, source, inside }))
  t.same(from('192.0.2.5'), ['10.1.1.1:8080', '10.1.1.1:8080'])
  t.same(from('10.20.3.4'), ['10.1.1.1:8080', '10.1.1.1:8080'])
  t.same(from('192.0.2.200'), ['dropped', 'dropped'])
  t.same(from('192.0.2.200', '198.51.100.7'), ['10.1.1.1:8080', '10.1.1.1:8080'])
  t.same(from('192.0.2.200', '192.0.2.1', 30_080), ['10.1.1.1:8080', '10.1.1.1:8080'])
  t.same(from('2001:db8::1', '2001:db8:8::7'), ['dropped', 'dropped'], 'a family without a range is for nobody')
})

t.test('ranges of which none is valid serve nobody; no ranges serve everybody', async (t) => {
  const balanced = (sourceRanges: ReturnType<typeof cidr>[] | undefined) =>
    walk(compiled([service('a/b', { loadBalancerIps: ['203.0.113.7'], sourceRanges }), slice('a/b', ['10.1.1.1'])]).items, {
      address: '203.0.113.7',
      port: 80,
      source: '192.0.2.5',
    })
  t.equal(balanced([]), 'dropped')
  t.equal(balanced(undefined), '10.1.1.1:8080')
})

t.test('an address that is a load balancer’s and external too is restricted', async (t) => {
  const both = service('a/b', { externalIps: ['203.0.113.7'], loadBalancerIps: ['203.0.113.7'], sourceRanges: [] })
  t.equal(walk(compiled([both, slice('a/b', ['10.1.1.1'])]).items, { address: '203.0.113.7', port: 80, source: '192.0.2.5' }), 'dropped')
})

t.test('of ports of one Service that are the same the first counts', async (t) => {
  const twice = service('a/b', { ports: [port({ name: 'x' }), port({ name: 'y' })] })
  const slices = ['x', 'y'].map((name, index) =>
    slice('a/b', [`10.1.1.${index + 1}`], { key: `a/b-${name}`, ports: [{ name, protocol: 'tcp', port: 8080 }] }),
  )
  t.equal(walk(compiled([twice, ...slices]).items, { address: '10.96.0.10', port: 80 }), '10.1.1.1:8080')
})

t.test('an IPv6 Service has NodePorts at IPv6 addresses only, and a dual one at both', async (t) => {
  const view = { nodePortAddresses: ['192.0.2.1', '2001:db8::1'] }
  const servers = (clusterIps: string[]) =>
    keys(compiled([service('a/b', { clusterIps, ports: [port({ nodePort: 30_080 })] })], { view }).items, 'server')
  t.same(servers(['fd00:96::a']), ['server tcp [2001:db8::1]:30080', 'server tcp [fd00:96::a]:80'])
  t.same(
    servers(['fd00:96::a', '10.96.0.10']).filter((key) => key.includes('30080')),
    ['server tcp 192.0.2.1:30080', 'server tcp [2001:db8::1]:30080'],
  )
})

t.test('a Service of one family answers at an external address of the other by refusing', async (t) => {
  const { items } = compiled([service('a/b', { externalIps: ['2001:db8:7::7'] }), slice('a/b', ['10.1.1.1'])])
  t.equal(walk(items, { address: '2001:db8:7::7', port: 80 }), 'refused')
})
