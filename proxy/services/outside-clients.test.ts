/** externalTrafficPolicy Local: clients outside meet virtual servers of their own, by mark. */
import t from 'tap'
import type { Item } from './item.ts'
import { createMarks } from './marks.ts'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { compiled } from './testing/compiling.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness, gone } from './testing/harness.ts'
import { markServers, walk } from './testing/walk.ts'

const local = endpoint('10.1.0.1', { nodeName: 'node-a' })
const LOCAL = service('a/b', {
  externalTrafficPolicy: 'Local',
  externalIps: ['198.51.100.7', '198.51.100.8'],
  ports: [port({ name: 'web', nodePort: 30_080 }), port({ name: 'dns', protocol: 'udp', port: 53 })],
})
const SLICE = slice('a/b', [local, '10.1.1.1'], {
  ports: [
    { name: 'web', protocol: 'tcp', port: 8080 },
    { name: 'dns', protocol: 'udp', port: 5353 },
  ],
})

const marksIn = (items: Iterable<Item>): string[] =>
  [...items].flatMap((item) => (item.kind === 'mark' ? [`${item.set} ${item.element} : 0x${item.mark.toString(16)}`] : [])).sort()

t.test('a port has one mark for all its addresses, and each port its own', async (t) => {
  const { items } = compiled([LOCAL, SLICE])
  const marked = marksIn(items.values())
  const [tcp, dns] = ['0x58a61000', '0xf1401000']
  t.same(
    marked,
    [
      `outside4 198.51.100.7 . udp . 53 : ${dns}`,
      `outside4 198.51.100.7 . tcp . 80 : ${tcp}`,
      `outside4 198.51.100.8 . tcp . 80 : ${tcp}`,
      `outside4 198.51.100.8 . udp . 53 : ${dns}`,
      `outside4 192.0.2.1 . tcp . 30080 : ${tcp}`,
    ].sort(),
  )
  t.same(markServers(items).sort(), [`fwmark ${tcp} ipv4`, `fwmark ${dns} ipv4`].sort())
})

t.test('both families share the mark, and have a virtual server each', async (t) => {
  const dual = service('a/b', {
    clusterIps: ['10.96.0.10', 'fd00:96::a'],
    externalTrafficPolicy: 'Local',
    externalIps: ['198.51.100.7', '2001:db8:7::7'],
  })
  const here = endpoint('fd00:1::1', { nodeName: 'node-a' })
  const { items } = compiled([dual, slice('a/b', [local]), slice('a/b', [here], { key: 'a/b-6', family: 6 })])
  const servers = markServers(items)
  t.match(servers, [/^fwmark 0x[0-9a-f]{1,4}1000 ipv4$/, /^fwmark 0x[0-9a-f]{1,4}1000 ipv6$/])
  t.equal(servers[0]?.replace('ipv4', ''), servers[1]?.replace('ipv6', ''))
  t.equal(walk(items, { address: '2001:db8:7::7', port: 80 }), 'fd00:1::1:8080')
})

t.test('the virtual server by mark has the settings of the Service', async (t) => {
  const hashed = { ...LOCAL, scheduler: 'sh', schedulerFlags: 0x08 }
  const found = [...compiled([hashed, SLICE]).items.values()].filter((item) => item.kind === 'server' && 'fwmark' in item.server)
  t.equal(found.length, 2)
  for (const item of found) t.match(item, { server: { family: 4, scheduler: 'sh', schedulerFlags: 0x08, persistenceSeconds: 0 } })
})

t.test('affinity of outside clients is a hash of their address, since persistence by mark would not translate ports', async (t) => {
  const sticky = { ...LOCAL, affinitySeconds: 600 }
  const servers = [...compiled([sticky, SLICE]).items.values()].flatMap((item) => (item.kind === 'server' ? [item.server] : []))
  const byMark = servers.filter((server) => 'fwmark' in server)
  t.equal(byMark.length, 2)
  for (const server of byMark) t.match(server, { scheduler: 'mh', schedulerFlags: 0x8, persistenceSeconds: 0 })
  for (const server of servers) if (!('fwmark' in server)) t.match(server, { scheduler: 'rr', persistenceSeconds: 600 })
})

t.test('without outer addresses policy Local needs no mark', async (t) => {
  t.same(markServers(compiled([service('a/b', { externalTrafficPolicy: 'Local' }), slice('a/b', [local])]).items), [])
  t.same(markServers(compiled([{ ...LOCAL, externalTrafficPolicy: 'Cluster' }, SLICE]).items), [])
})

t.test('the virtual server by mark stays while no endpoint is here, so that connections to the last one can end', async (t) => {
  const { send, plane } = createHarness()
  send(LOCAL, SLICE)
  const before = markServers(plane.items)
  send({ ...SLICE, endpoints: [endpoint('10.1.1.1')] })
  t.same(markServers(plane.items), before)
  const noted = [...plane.items.keys()].filter((key) => key.startsWith('element marks '))
  t.same(
    noted.map((key) => key.replace('element marks', 'fwmark')),
    before.map((name) => name.replace(/ ipv[46]$/, '')),
    'it is known as ours by its mark',
  )
  t.same(marksIn(plane.items.values()), [])
  t.equal(walk(plane.items, { address: '198.51.100.7', port: 80 }), 'dropped')
  t.equal(walk(plane.items, { address: '198.51.100.7', port: 80, inside: true }), '10.1.1.1:8080')
  send(SLICE)
  t.same(markServers(plane.items), before)
  t.equal(walk(plane.items, { address: '198.51.100.7', port: 80 }), '10.1.0.1:8080')
})

t.test('a restart keeps the marks that the kernel has, also those that nobody would choose today', async (t) => {
  const before = createHarness()
  before.send(LOCAL, SLICE)
  const [mark = 0] = [...before.plane.items.values()].flatMap((item) =>
    item.kind === 'mark' && item.element.endsWith(' 80') ? [item.mark] : [],
  )
  const plane = createFakeDataPlane()
  // As an earlier process would have chosen when that mark was taken: the next one.
  for (const [key, item] of before.plane.items)
    plane.items.set(key.replace(mark.toString(16), (mark + 0x10000).toString(16)), moved(item, mark))
  const after = createHarness({ plane, started: false })
  plane.log.length = 0
  after.send(LOCAL, SLICE)
  after.controller.start()
  after.time.settle()
  t.same(plane.log, [])
})

const moved = (item: Item, mark: number): Item => {
  if (item.kind === 'mark' && item.mark === mark) return { ...item, mark: mark + 0x10000 }
  if ((item.kind !== 'server' && item.kind !== 'destination') || !('fwmark' in item.server) || item.server.fwmark !== mark) return item
  const server = { ...item.server, fwmark: mark + 0x10000 }
  return { ...item, server } as Item
}

t.test(
  'a Service whose addresses changed while nobody looked keeps its mark at what it still has, and elsewhere nothing is left',
  async (t) => {
    const before = createHarness()
    before.send(LOCAL, SLICE)
    const after = createHarness({ plane: before.plane, started: false })
    const old = marksIn(before.plane.items.values())
    after.send({ ...LOCAL, externalIps: ['198.51.100.99'], clusterIps: ['10.96.0.99'] }, SLICE)
    after.controller.start()
    after.time.settle()
    t.same(
      marksIn(after.plane.items.values()).filter((line) => old.includes(line)),
      old.filter((line) => line.includes('192.0.2.1')),
    )
    t.equal(walk(after.plane.items, { address: '198.51.100.99', port: 80 }), '10.1.0.1:8080')
  },
)

t.test('a deleted Service gives its marks back', async (t) => {
  const { send, plane } = createHarness()
  send(LOCAL, SLICE)
  const first = marksIn(plane.items.values())
  send(gone('service', 'a/b'))
  t.same(markServers(plane.items), [])
  send(LOCAL)
  t.same(marksIn(plane.items.values()), first)
})

t.test('when all marks are in use clients outside are dropped, never sent to other nodes, and that is told', async (t) => {
  const marks = createMarks()
  marks.observe(new Map(Array.from({ length: 65_535 }, (_, index) => [`${index}`, (index + 1) * 0x10000 + 0x1000])))
  const { items, notices } = compiled([LOCAL, SLICE], { marks })
  t.equal(walk(items, { address: '198.51.100.7', port: 80 }), 'dropped')
  t.same(walk(items, { address: '198.51.100.7', port: 80, inside: true }).split(' ').sort(), ['10.1.0.1:8080', '10.1.1.1:8080'])
  t.same(notices, [
    {
      type: 'Warning',
      reason: 'OutOfMarks',
      message: 'externalTrafficPolicy Local: all 65535 packet marks are in use; clients outside the cluster are not served on this node',
    },
  ])
})
