/** What `selvedge status` shows, from a kernel and a proxy as data to the text. */
import t from 'tap'
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import type { ObservedDestination, VirtualServerId } from '#kernel/ipvs/types.ts'
import { type Item, itemMap } from '../services/item.ts'
import { type OverviewParts, overviewOf } from './overview.ts'
import type { Holding, ProxyFacts } from './snapshot.ts'
import { overviewText } from './table.ts'

const stats = {
  connections: 7n,
  packetsIn: 70n,
  packetsOut: 60n,
  bytesIn: 7000n,
  bytesOut: 6000n,
  connectionRate: 0n,
  packetRateIn: 0n,
  packetRateOut: 0n,
  byteRateIn: 0n,
  byteRateOut: 0n,
}
const destination = (address: string, weight: number, active = 0, inactive = 0): ObservedDestination => ({
  address,
  port: 8080,
  weight,
  activeConnections: active,
  inactiveConnections: inactive,
  masquerading: true,
})
const settings = { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }
const entry = (id: VirtualServerId, ...destinations: ObservedDestination[]): ObservedIpvsEntry => ({
  server: { ...id, ...settings, persistencePrefix: 32, stats },
  destinations,
})
const WEB = { protocol: 'tcp', address: '10.96.0.10', port: 80 } as const
const EMPTY = { protocol: 'tcp', address: '10.96.0.11', port: 80 } as const
const OUTSIDE = { fwmark: 0x12000, family: 4 } as const
const FOREIGN = { protocol: 'tcp', address: '198.51.100.7', port: 443 } as const
const held = (item: Item, ...owners: string[]): Holding => ({ item, owners })
const server = (id: VirtualServerId): Item => ({ kind: 'server', server: { ...id, ...settings } })
const holdings: Holding[] = [
  held(server(WEB), 'default/web'),
  held(server(EMPTY), 'shop/empty'),
  held(server(OUTSIDE), 'shop/local'),
  held({ kind: 'mark', set: 'outside4', element: '203.0.113.9 . tcp . 80', mark: 0x12000 }, 'shop/local'),
  held({ kind: 'element', set: 'drop4', element: '10.96.0.12 . udp . 53' }, 'shop/inside'),
  held({ kind: 'element', set: 'restricted4', element: '10.96.0.10 . tcp . 80' }, 'default/web'),
]
const proxy: ProxyFacts = {
  version: '1.2.3',
  node: 'node-a',
  pid: 4711,
  startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  healthy: true,
  ready: false,
  eligible: true,
  reasons: ['shop/bad: refused'],
  services: 5,
  waiting: 2,
  failures: [{ service: 'shop/bad', reason: 'refused' }],
}
const parts: OverviewParts = {
  snapshot: { proxy, holdings },
  ipvs: [
    entry(EMPTY),
    entry(WEB, destination('10.20.0.2', 1, 3, 12), destination('10.20.1.2', 0, 1)),
    entry(OUTSIDE, destination('10.20.0.2', 1)),
    entry(FOREIGN),
  ],
  kernel: itemMap(holdings.map(({ item }) => item)),
  drift: [{ problem: 'missing', object: 'route 10.96.0.10', services: ['default/web'] }],
  filter: { namespace: '', name: '' },
}

t.test('the table has a row for each endpoint, and says what else happens, failed or drifted', async (t) => {
  t.strictSame(overviewText(overviewOf(parts), false).split('\n'), [
    'node-a: selvedge 1.2.3, process 4711, since 2026-01-02T03:04:05Z: healthy, NOT READY',
    'Services: 5, virtual servers: 3, endpoints: 3; virtual servers of other programs: 1',
    'Services that wait for their turn: 2',
    '! shop/bad: refused',
    '! failures: 1, drift: 1; listed at the end',
    '',
    'SERVICE      VIRTUAL SERVER       SCHEDULER  ENDPOINT        WEIGHT  ACTIVE  INACTIVE  NOTE',
    'default/web  tcp 10.96.0.10:80    rr         10.20.0.2:8080  1       3       12        for loadBalancerSourceRanges only',
    '                                             10.20.1.2:8080  0       1       0         draining',
    'shop/empty   tcp 10.96.0.11:80    rr         none                                      refused',
    'shop/inside  udp 10.96.0.12:53               none                                      dropped: policy Local, and no endpoint on this node',
    'shop/local   fwmark 0x12000 ipv4  rr         10.20.0.2:8080  1       0       0         clients outside to tcp 203.0.113.9:80',
    '',
    'FAILURES',
    'shop/bad  refused',
    '',
    'DRIFT',
    'missing  route 10.96.0.10  default/web',
    '',
  ])
})

t.test('wide shows persistence and traffic too', async (t) => {
  const lines = overviewText(overviewOf({ ...parts, filter: { namespace: 'default', name: 'web' } }), true).split('\n')
  t.strictSame(lines.slice(6, 9), [
    'SERVICE      VIRTUAL SERVER     SCHEDULER  PERSISTENT  CONNECTIONS  PACKETS IN  PACKETS OUT  BYTES IN  BYTES OUT  ENDPOINT        WEIGHT  ACTIVE  INACTIVE  NOTE',
    'default/web  tcp 10.96.0.10:80  rr         -           7            70          60           7000      6000       10.20.0.2:8080  1       3       12        for loadBalancerSourceRanges only',
    '                                                                                                                  10.20.1.2:8080  0       1       0         draining',
  ])
})

t.test('without an endpoint on this node it is said what becomes of packets, once', async (t) => {
  const drop = held({ kind: 'element', set: 'drop4', element: '10.96.0.11 . tcp . 80' }, 'shop/empty')
  const { services } = overviewOf({
    ...parts,
    snapshot: { proxy, holdings: [held(server(EMPTY), 'shop/empty'), held(server(OUTSIDE), 'shop/empty'), drop] },
    ipvs: [entry(EMPTY), entry(OUTSIDE)],
    filter: { namespace: 'shop', name: 'empty' },
  })
  t.strictSame(services[0]?.refused, [])
  t.strictSame(
    services[0]?.servers.map(({ notes }) => notes),
    [['nothing leads here: policy Local, and no endpoint on this node'], ['dropped: policy Local, and no endpoint on this node']],
  )
})

t.test('Services, addresses and endpoints come in the order in which people count', async (t) => {
  const [two, ten] = ['10.96.0.2', '10.96.0.10'].map((address) => ({ protocol: 'tcp', address, port: 80 }) as const)
  if (two === undefined || ten === undefined) return
  const { services } = overviewOf({
    ...parts,
    snapshot: { proxy: { ...proxy, failures: [] }, holdings: [held(server(ten), 'a/web-2'), held(server(two), 'a/web-10')] },
    ipvs: [entry(ten, destination('10.20.101.1', 1), destination('10.20.9.1', 1)), entry(two)],
    kernel: itemMap([server(ten), server(two)]),
  })
  t.strictSame(
    services.map(({ name }) => name),
    ['web-2', 'web-10'],
  )
  t.strictSame(
    services[0]?.servers[0]?.endpoints.map(({ address }) => address),
    ['10.20.9.1', '10.20.101.1'],
  )
})

t.test('a filter leaves the others out, their drift and failures too', async (t) => {
  const { services, drift } = overviewOf({ ...parts, filter: { namespace: 'shop', name: '' } })
  t.strictSame(
    services.map(({ namespace, name, failure }) => [namespace, name, failure]),
    [
      ['shop', 'bad', 'refused'],
      ['shop', 'empty', null],
      ['shop', 'inside', null],
      ['shop', 'local', null],
    ],
  )
  t.strictSame(drift, [])
  t.strictSame(overviewOf({ ...parts, filter: { namespace: '', name: 'none' } }).services, [])
})

t.test('without a proxy it is said, and the kernel is shown without names', async (t) => {
  const text = overviewText(
    overviewOf({ ...parts, snapshot: undefined, drift: [], filter: { namespace: 'shop', name: 'web' } }),
    false,
  ).split('\n')
  t.equal(text[0], 'no proxy runs in this network namespace; this is what the kernel holds')
  t.match(text[5], /^\? +fwmark 0x12000 ipv4 +rr +10\.20\.0\.2:8080 /)
  t.notMatch(text.join('\n'), 'DRIFT')
})

t.test('nothing at all is a sentence', async (t) => {
  const nothing = overviewOf({ ...parts, snapshot: undefined, ipvs: [], kernel: new Map(), drift: [] })
  t.match(overviewText(nothing, false), /\n\nno Services\n$/)
})

t.test('the data has numbers as numbers', async (t) => {
  const { services, foreign } = overviewOf({ ...parts, filter: { namespace: 'default', name: '' } })
  t.equal(foreign, 1)
  t.strictSame(services[0]?.servers[0]?.traffic, { connections: 7, packetsIn: 70, packetsOut: 60, bytesIn: 7000, bytesOut: 6000 })
  t.strictSame(services[0]?.servers[0]?.endpoints[1], {
    address: '10.20.1.2',
    port: 8080,
    weight: 0,
    active: 1,
    inactive: 0,
    state: 'draining',
  })
})
