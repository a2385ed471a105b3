import t from 'tap'
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import type { ServerSettings } from '#kernel/ipvs/types.ts'
import { hex } from '#kernel/testing/bytes.ts'
import { NO_TRAFFIC } from '#kernel/testing/no-traffic.ts'
import { observedItems } from './observe.ts'

const entry = (address: string, tweaks: Partial<ServerSettings & { port: number; persistencePrefix: number }> = {}): ObservedIpvsEntry => ({
  server: {
    protocol: 'tcp',
    address,
    port: 80,
    scheduler: 'rr',
    schedulerFlags: 0,
    persistenceSeconds: 0,
    persistencePrefix: 32,
    stats: NO_TRAFFIC,
    ...tweaks,
  },
  destinations: [{ address: '10.20.0.5', port: 8080, weight: 1, activeConnections: 0, inactiveConnections: 0, masquerading: true }],
})
const markEntry = (fwmark: number, family: 4 | 6): ObservedIpvsEntry => ({
  server: { fwmark, family, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0, persistencePrefix: 32, stats: NO_TRAFFIC },
  destinations: [{ address: '10.20.0.5', port: 8080, weight: 1, activeConnections: 0, inactiveConnections: 0, masquerading: true }],
})
const vipKey = { key: Buffer.from('0a6000010600000000500000', 'hex'), intervalEnd: false }
const route = (address: string) => ({ family: 4 as const, destination: { address, prefixLength: 32 }, source: '192.0.2.1' })

t.test('a virtual server without our marks belongs to somebody else', async (t) => {
  t.same([...observedItems({ sets: new Map(), arpVips: [], routes: [], ipvs: [entry('203.0.113.1')] }).keys()], [])
})

t.test('a virtual server that carries our mark is ours, whatever else is gone', async (t) => {
  const nodePort = entry('192.0.2.1', { port: 30_080, spareSeconds: 83 })
  const found = observedItems({ sets: new Map(), arpVips: [], routes: [], ipvs: [nodePort, entry('192.0.2.1', { port: 30_081 })] })
  t.same([...found.keys()], ['server tcp 192.0.2.1:30080', 'destination tcp 192.0.2.1:30080 10.20.0.5:8080'])
  t.strictSame(found.get('server tcp 192.0.2.1:30080'), {
    kind: 'server',
    server: { protocol: 'tcp', address: '192.0.2.1', port: 30_080, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 },
  })
})

t.test('what another proxy left is ours when we took its place, and is to be marked', async (t) => {
  const found = observedItems({
    ...{ sets: new Map(), arpVips: [], routes: [], ipvs: [entry('10.96.0.1'), entry('203.0.113.1')] },
    isInherited: (server) => 'address' in server && server.address === '10.96.0.1',
  })
  t.same([...found.keys()], ['server tcp 10.96.0.1:80', 'destination tcp 10.96.0.1:80 10.20.0.5:8080'])
  t.match(found.get('server tcp 10.96.0.1:80'), { unmarked: true })
})

t.test('our route marks every virtual server of its address as ours', async (t) => {
  t.same(
    [...observedItems({ sets: new Map(), arpVips: [], routes: [route('10.96.0.1')], ipvs: [entry('10.96.0.1')] }).keys()],
    ['route 10.96.0.1', 'server tcp 10.96.0.1:80', 'destination tcp 10.96.0.1:80 10.20.0.5:8080'],
  )
})

for (const [set, bytes, address, port] of [
  ['vip4', '0a600001 06000000 00500000', '10.96.0.1', 80],
  ['nodeport4', 'c0000201 06000000 75800000', '192.0.2.1', 30_080],
  ['vip6', 'fd000096000000000000000000000001 06000000 00500000', 'fd00:96::1', 80],
  ['nodeport6', '20010db8000000000000000000000001 06000000 75800000', '2001:db8::1', 30_080],
] as const) {
  t.test(`an element of ${set} marks its virtual server as ours, and no other port of that address`, async (t) => {
    const found = observedItems({
      sets: new Map([[set, [{ key: hex(bytes), intervalEnd: false }]]]),
      arpVips: [],
      routes: [],
      ipvs: [entry(address, { port }), entry(address, { port: port + 1 })],
    })
    t.same(
      [...found.values()].map((item) => (item.kind === 'server' ? item.server : item.kind)),
      ['element', { protocol: 'tcp', address, port, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }, 'destination'],
    )
  })
}

t.test('persistence by a wrong prefix is not what we would have written', async (t) => {
  const bad = entry('10.96.0.1', { persistenceSeconds: 600, persistencePrefix: 1 })
  t.match(observedItems({ sets: new Map(), arpVips: [], routes: [route('10.96.0.1')], ipvs: [bad] }).get('server tcp 10.96.0.1:80'), {
    wrongPersistencePrefix: 1,
  })
})

t.test('a virtual server by mark is ours when our map gives its mark', async (t) => {
  const outside = { ...vipKey, data: Buffer.from('00200100', 'hex') }
  const found = observedItems({
    sets: new Map([['outside4', [outside]]]),
    arpVips: [],
    routes: [],
    ipvs: [markEntry(0x1_2000, 4), markEntry(0x1_2000, 6), markEntry(0x2_2000, 4)],
  })
  t.same(
    [...found.keys()],
    ['mark outside4 10.96.0.1 . tcp . 80', 'server fwmark 0x12000 ipv4', 'destination fwmark 0x12000 ipv4 10.20.0.5:8080'],
  )
})

t.test('an element that refuses or drops does not make a virtual server ours', async (t) => {
  const found = observedItems({ sets: new Map([['drop4', [vipKey]]]), arpVips: [], routes: [], ipvs: [entry('10.96.0.1')] })
  t.same([...found.keys()], ['element drop4 10.96.0.1 . tcp . 80'])
})

t.test('an address is one item when both tables have it, and incomplete when one of them lacks it', async (t) => {
  const address = (last: string) => ({ key: Buffer.from(`0a6000${last}`, 'hex'), intervalEnd: false })
  const found = observedItems({
    sets: new Map([['address4', [address('01'), address('02')]]]),
    arpVips: [address('02'), address('03')],
    routes: [],
    ipvs: [],
  })
  t.same(
    [...found.values()],
    [
      { kind: 'element', set: 'address4', element: '10.96.0.1', incomplete: true },
      { kind: 'element', set: 'address4', element: '10.96.0.2' },
      { kind: 'element', set: 'address4', element: '10.96.0.3', incomplete: true },
    ],
  )
})

t.test('a virtual server by mark is ours, in both families, while our set has its mark', async (t) => {
  const mark = { key: Buffer.from('00100100', 'hex'), intervalEnd: false }
  const ipvs = [markEntry(0x1_1000, 4), markEntry(0x1_1000, 6), markEntry(0x2_1000, 4)]
  const found = observedItems({ sets: new Map([['marks', [mark]]]), arpVips: [], routes: [], ipvs })
  t.same(
    [...found.keys()].filter((key) => !key.startsWith('destination')),
    ['element marks 0x11000', 'server fwmark 0x11000 ipv4', 'server fwmark 0x11000 ipv6'],
  )
})
