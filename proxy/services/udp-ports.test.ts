import t from 'tap'
import { createLedger } from './ledger.ts'
import { port, service, slice } from './testing/builders.ts'
import { createHarness, gone } from './testing/harness.ts'
import type { ClusterEvent, EndpointSlice, Service } from './types.ts'
import { changedUdpServers, udpPorts } from './udp-ports.ts'

const DNS = service('a/dns', { clusterIps: ['10.96.0.10', 'fd00:96::a'], ports: [port({ protocol: 'udp', port: 53, nodePort: 30053 })] })
const dnsSlice = (...endpoints: string[]) => slice('a/dns', endpoints, { ports: [{ name: '', protocol: 'udp', port: 5353 }] })

const running = (...endpoints: string[]) => {
  const harness = createHarness({ gracePeriod: 30_000, auditPeriod: 600_000 })
  harness.send(DNS, dnsSlice(...endpoints))
  const forgotten = (...objects: readonly (Service | EndpointSlice | ClusterEvent)[]): string[] => {
    harness.time.advance(1_000)
    harness.plane.forgotten.length = 0
    harness.send(...objects)
    return [...harness.plane.forgotten]
  }
  return { ...harness, forgotten }
}

t.test('a removed UDP endpoint: flows to every address of the Service that others than the remaining ones answer', async (t) => {
  const { forgotten } = running('10.20.1.5', '10.20.1.6')
  t.same(forgotten(dnsSlice('10.20.1.6')), ['10.96.0.10:53 -> 10.20.1.6:5353', '192.0.2.1:30053 -> 10.20.1.6:5353'])
})

t.test('the first UDP endpoint: flows that went elsewhere before', async (t) => {
  const { forgotten } = running()
  t.same(forgotten(dnsSlice('10.20.1.5')), ['10.96.0.10:53 -> 10.20.1.5:5353', '192.0.2.1:30053 -> 10.20.1.5:5353'])
})

t.test('one more UDP endpoint leaves the flows alone', async (t) => {
  const { forgotten } = running('10.20.1.5')
  t.same(forgotten(dnsSlice('10.20.1.5', '10.20.1.6')), [])
})

t.test('a deleted Service leaves no flow, whoever answers it', async (t) => {
  const { forgotten } = running('10.20.1.5')
  t.same(forgotten(gone('service', 'a/dns')), ['10.96.0.10:53 ->', '[fd00:96::a]:53 ->', '192.0.2.1:30053 ->'])
})

t.test('TCP flows are left alone', async (t) => {
  const { send, time, plane } = createHarness()
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  time.advance(1_000)
  send(slice('a/b', []))
  time.advance(10_000)
  t.same(plane.forgotten, [])
})

t.test('many changes of a second are one look at the connection table', async (t) => {
  const { plane, time, send } = running('10.20.1.5', '10.20.1.6')
  time.advance(1_000)
  let looks = 0
  const { forgetFlows } = plane
  plane.forgetFlows = (ports) => {
    looks += 1
    forgetFlows(ports)
  }
  for (const endpoints of [['10.20.1.5'], ['10.20.1.6'], ['10.20.1.7']]) send(dnsSlice(...endpoints))
  t.equal(looks, 1, 'the first at once')
  time.advance(1_000)
  t.equal(looks, 2, 'all others together')
  t.equal(plane.forgotten.at(-1), '192.0.2.1:30053 -> 10.20.1.7:5353')
  time.advance(60_000)
  t.equal(looks, 2)
})

t.test('flows that cannot be forgotten are reported and tried again', async (t) => {
  const { plane, time, send, told } = running('10.20.1.5', '10.20.1.6')
  time.advance(1_000)
  plane.forgotten.length = 0
  plane.refuse = (change) => change === 'forget flows'
  send(dnsSlice('10.20.1.6'))
  t.match(told.at(-1), /^failed UDP flows: /)
  plane.refuse = () => false
  time.advance(10_000)
  t.same(plane.forgotten, ['10.96.0.10:53 -> 10.20.1.6:5353', '192.0.2.1:30053 -> 10.20.1.6:5353'])
})

const MARK = 0x12000
const MARKED = { fwmark: MARK, family: 4 as const }
const PLAIN = { protocol: 'udp' as const, address: '192.0.2.80', port: 53 }
const settings = { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 }
const mark = { kind: 'mark' as const, set: 'outside4' as const, element: '192.0.2.80 . udp . 53', mark: MARK }
const destination = (server: typeof MARKED | typeof PLAIN, address: string) => ({
  kind: 'destination' as const,
  server,
  destination: { address, port: 5353, weight: 1 },
})

t.test('a server by mark stands for every address that its mark is put on', async (t) => {
  const ledger = createLedger()
  ledger.put(mark, ['a/dns'])
  ledger.put({ kind: 'server', server: { ...MARKED, ...settings } }, ['a/dns'])
  ledger.put({ kind: 'server', server: { ...PLAIN, ...settings } }, ['a/dns'])
  ledger.put(destination(MARKED, '10.20.0.5'), ['a/dns'])
  ledger.put(destination(PLAIN, '10.20.1.6'), ['a/dns'])
  const removal = { verb: 'remove' as const, item: destination(MARKED, '10.20.0.7'), owners: ['a/dns'] }
  t.same(changedUdpServers([removal], ledger), [PLAIN])
  t.same(
    udpPorts([PLAIN], ledger).flatMap(({ endpoints }) => endpoints.map(({ address }) => address)),
    ['10.20.1.6', '10.20.0.5'],
  )
})

t.test('a mark that is taken off an address changes that address', async (t) => {
  t.same(changedUdpServers([{ verb: 'remove', item: mark, owners: ['a/dns'] }], createLedger()), [PLAIN])
})

t.test('a Service of very many addresses is looked through once, not once for each', async (t) => {
  const ledger = createLedger()
  const servers = Array.from({ length: 300 }, (_, index) => ({ ...PLAIN, address: `192.0.${index >> 8}.${index & 255}` }))
  for (const server of servers) {
    ledger.put({ kind: 'server', server: { ...server, ...settings } }, ['a/dns'])
    ledger.put(destination(server, '10.20.1.6'), ['a/dns'])
  }
  let looks = 0
  const counted = {
    ...ledger,
    entry: (key: string) => {
      looks += 1
      return ledger.entry(key)
    },
  }
  const added = servers.map((server) => ({ verb: 'add' as const, item: destination(server, '10.20.1.6'), owners: ['a/dns'] }))
  const removed = servers.map((server) => ({ verb: 'remove' as const, item: destination(server, '10.20.1.7'), owners: ['a/dns'] }))
  t.equal(changedUdpServers([...added, ...removed], counted).length, 300)
  t.equal(udpPorts(servers, counted).length, 300)
  t.ok(looks < 3_000, `${looks} looks`)
})
