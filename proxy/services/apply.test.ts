/** The order in which a plan is carried out: a Service that changes is served rightly after each single change. */
import t from 'tap'
import { endpoint, node, port, service, slice } from './testing/builders.ts'
import { createFakeDataPlane, type FakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness, gone } from './testing/harness.ts'
import { walk } from './testing/walk.ts'

const HERE = endpoint('10.20.0.5', { nodeName: 'node-a' })
const SLICE = slice('a/b', [HERE, '10.20.1.6'])
const CLUSTER = service('a/b', { externalIps: ['198.51.100.7'], ports: [port({ nodePort: 30_080 })] })
const LOCAL = { ...CLUSTER, externalTrafficPolicy: 'Local' } as const
const NODE_PORT = { address: '192.0.2.1', port: 30_080 }

const verbs = (log: readonly string[]): string[] =>
  log.map((line) => line.replaceAll(/0x[0-9a-f]+/g, 'M')).filter((line) => / (mark|server fwmark|destination fwmark) /.test(line))

t.test('clients outside get a mark when its virtual server has its endpoints, and lose it before that goes', async (t) => {
  const { send } = createHarness()
  send(CLUSTER, SLICE)
  t.same(verbs(send(LOCAL)), [
    'addServer server fwmark M ipv4',
    'addDestination destination fwmark M ipv4 10.20.0.5:8080',
    'add mark outside4 198.51.100.7 . tcp . 80',
    'add mark outside4 192.0.2.1 . tcp . 30080',
  ])
  t.same(verbs(send(CLUSTER)), [
    'delete mark outside4 198.51.100.7 . tcp . 80',
    'delete mark outside4 192.0.2.1 . tcp . 30080',
    'deleteServer server fwmark M ipv4',
  ])
})

t.test('a port that gets another mark is served by one or the other all the time', async (t) => {
  const { send, plane } = createHarness()
  send(LOCAL, SLICE)
  const seen: string[] = []
  const watched = { ...plane, changeIpvs: plane.changeIpvs, changeElements: plane.changeElements }
  plane.changeIpvs = (operations) =>
    operations.flatMap((operation) => {
      const outcome = watched.changeIpvs([operation])
      seen.push(walk(plane.items, NODE_PORT))
      return outcome
    })
  send({ ...LOCAL, ports: [port({ port: 81, nodePort: 30_080 })] })
  t.ok(seen.length > 3)
  t.same([...new Set(seen)], ['10.20.0.5:8080'])
})

t.test('without its virtual server no mark is given, and while a mark is given its virtual server stays', async (t) => {
  const { send, plane, time } = createHarness()
  send(CLUSTER, SLICE)
  plane.refuse = (change) => change.startsWith('addServer server fwmark')
  send(LOCAL)
  t.same(walk(plane.items, NODE_PORT).split(' ').sort(), ['10.20.0.5:8080', '10.20.1.6:8080'])
  t.notOk([...plane.items.keys()].some((key) => key.startsWith('mark')))
  plane.refuse = () => false
  time.advance(60_000)
  t.equal(walk(plane.items, NODE_PORT), '10.20.0.5:8080')

  plane.refuse = (change) => change.startsWith('delete mark')
  send(CLUSTER)
  t.equal(walk(plane.items, NODE_PORT), '10.20.0.5:8080')
  plane.refuse = () => false
  time.advance(60_000)
  t.same(walk(plane.items, NODE_PORT).split(' ').sort(), ['10.20.0.5:8080', '10.20.1.6:8080'])
  t.notOk([...plane.items.keys()].some((key) => key.includes('fwmark') || key.startsWith('mark')))
})

t.test('a Service that opens to everybody is not shut meanwhile because another one changes its source ranges', async (t) => {
  const network = (address: string) => ({ address, prefixLength: 16 })
  const one = service('a/b', { loadBalancerIps: ['203.0.113.7'], sourceRanges: [network('10.1.0.0')] })
  const other = service('c/d', { clusterIps: ['10.96.0.11'], loadBalancerIps: ['203.0.113.8'], sourceRanges: [network('10.2.0.0')] })
  const { send } = createHarness()
  send(one, other)
  const log = send({ ...one, sourceRanges: undefined }, { ...other, sourceRanges: [network('10.3.0.0')] })
  t.same(log, [
    'add element allowed4 203.0.113.8 . tcp . 80 . 10.3.0.0/16',
    'delete element allowed4 203.0.113.8 . tcp . 80 . 10.2.0.0/16',
    'delete element restricted4 203.0.113.7 . tcp . 80',
    'delete element allowed4 203.0.113.7 . tcp . 80 . 10.1.0.0/16',
  ])
})

t.test('a new virtual server waits for the sets of its address and port: nobody else’s clients get in before', async (t) => {
  const plane = createFakeDataPlane()
  plane.refuse = (change) => change === 'add element restricted4 192.0.2.1 . tcp . 80'
  const { send, time } = createHarness({ plane })
  const restricted = service('a/b', { loadBalancerIps: ['192.0.2.1'], sourceRanges: [{ address: '10.1.0.0', prefixLength: 16 }] })
  send(restricted, SLICE)
  t.equal(walk(plane.items, { address: '192.0.2.1', port: 80, source: '10.9.0.1' }), 'no server')
  plane.refuse = () => false
  time.advance(60_000)
  t.equal(walk(plane.items, { address: '192.0.2.1', port: 80, source: '10.9.0.1' }), 'dropped')
  t.equal(walk(plane.items, { address: '192.0.2.1', port: 80, source: '10.1.0.1' }), '10.20.0.5:8080 10.20.1.6:8080')
  send(gone('service', 'a/b'))
  t.same([...plane.items.keys()], [])
})

t.test('a VIP that is bound gets the node’s new address as its source, whatever else of its Services the kernel refuses', async (t) => {
  const plane = createFakeDataPlane()
  const { send, time } = createHarness({ plane })
  const sharing = service('c/d', { clusterIps: ['10.96.0.11'], externalIps: ['198.51.100.7'], ports: [port({ port: 81 })] })
  send(CLUSTER, SLICE, sharing)
  plane.refuse = (change) => change.endsWith('destination tcp 10.96.0.10:80 10.20.1.7:8080')
  send(slice('a/b', [HERE, '10.20.1.7']), { kind: 'node', key: 'node-a', value: node({ addresses: ['192.0.2.9'] }) })
  t.same(sources(plane), { '10.96.0.10': '192.0.2.9', '198.51.100.7': '192.0.2.9', '10.96.0.11': '192.0.2.9' })
  send({ ...CLUSTER, externalIps: ['198.51.100.7', '198.51.100.8'] })
  time.advance(60_000)
  t.notOk('198.51.100.8' in sources(plane), 'a new one waits until its Service stands')
})

t.test('a new VIP does not wait for an endpoint of another address that the kernel does not let end', async (t) => {
  const plane = createFakeDataPlane()
  const { send } = createHarness({ plane, gracePeriod: 30_000 })
  send(CLUSTER, SLICE)
  plane.refuse = (change) => change.startsWith('setDestination')
  send(slice('a/b', [HERE]), { ...CLUSTER, externalIps: ['198.51.100.7', '198.51.100.8'] })
  t.equal(sources(plane)['198.51.100.8'], '192.0.2.1')
})

const sources = ({ items }: FakeDataPlane): Record<string, string> =>
  Object.fromEntries([...items.values()].flatMap((item) => (item.kind === 'route' ? [[item.address, item.source]] : [])))
