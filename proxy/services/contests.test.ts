/** Services that claim one address and port, through the whole loop: who has it in the kernel, who is told, and what a change of hands costs. */
import t from 'tap'
import { port, service, slice } from './testing/builders.ts'
import { at, external, NEW, NEW_WAITS, OLD, SHARED, told } from './testing/claimants.ts'
import { createHarness, gone } from './testing/harness.ts'
import type { ClusterEvent, Service } from './types.ts'

t.test('the older Service has the address, the younger keeps its own cluster IP, and is told once', async (t) => {
  const harness = createHarness()
  harness.send(...OLD, ...NEW)
  t.equal(at(harness), '10.1.1.1:8080')
  t.equal(at(harness, { address: '10.96.0.2', port: 80 }), '10.1.1.2:8080')
  t.same(told(harness), [NEW_WAITS])
  harness.send(slice('a/new', ['10.1.1.2', '10.1.1.3']))
  harness.time.advance(60_000)
  t.same(told(harness), [NEW_WAITS])
})

t.test('the order of arrival changes nothing, not even when the younger has the address already', async (t) => {
  const harness = createHarness()
  harness.send(...NEW)
  t.equal(at(harness), '10.1.1.2:8080')
  t.same(told(harness), [])
  harness.send(...OLD)
  t.equal(at(harness), '10.1.1.1:8080')
  t.same(told(harness), [NEW_WAITS])
})

t.test('an address changes hands without ever being away: its server, set elements and route stay', async (t) => {
  const harness = createHarness()
  harness.send(...NEW)
  const changes = harness.send(...OLD).filter((change) => change.includes('198.51.100.7'))
  t.same(changes, [
    'addDestination destination tcp 198.51.100.7:80 10.1.1.1:8080',
    'deleteDestination destination tcp 198.51.100.7:80 10.1.1.2:8080',
  ])
})

t.test(
  'when the older lets go the younger has it: by deletion, by another address, by becoming headless, by changing its port',
  async (t) => {
    const ways: Readonly<Record<string, readonly (Service | ClusterEvent)[]>> = {
      deleted: [gone('service', 'a/old')],
      moved: [external('a/old', 100, { externalIps: ['198.51.100.8'] })],
      'on another port': [external('a/old', 100, { ports: [port({ port: 81 })] })],
      'of another protocol': [external('a/old', 100, { ports: [port({ protocol: 'udp' })] })],
    }
    for (const [way, objects] of Object.entries(ways)) {
      const harness = createHarness()
      harness.send(...OLD, ...NEW)
      harness.send(...objects)
      t.equal(at(harness), '10.1.1.2:8080', way)
      t.equal([...harness.plane.items.keys()].filter((key) => key.includes('198.51.100.7:80 10.1.1.1')).length, 0, way)
    }
  },
)

t.test('a Service that is made anew under its old name is as young as it is', async (t) => {
  const harness = createHarness()
  harness.send(...OLD, ...NEW)
  harness.send(external('a/old', 300))
  t.equal(at(harness), '10.1.1.2:8080')
  t.ok(told(harness).some((line) => line.startsWith('Warning AddressInUse a/old: 198.51.100.7 port 80/tcp: in use by the Service a/new')))
})

t.test('of three, the next in age takes over each time, whatever the order they came in', async (t) => {
  const third = [external('a/third', 150), slice('a/third', ['10.1.1.3'])] as const
  for (const order of [
    [OLD, NEW, third],
    [third, NEW, OLD],
    [NEW, OLD, third],
  ]) {
    const harness = createHarness()
    for (const objects of order) harness.send(...objects)
    t.equal(at(harness), '10.1.1.1:8080')
    harness.send(gone('service', 'a/old'))
    t.equal(at(harness), '10.1.1.3:8080')
    harness.send(gone('service', 'a/third'))
    t.equal(at(harness), '10.1.1.2:8080')
  }
})

t.test('of two equally old the lesser key has it', async (t) => {
  const harness = createHarness()
  harness.send(external('a/old', 100), slice('a/old', ['10.1.1.1']), external('a/new', 100), slice('a/new', ['10.1.1.2']))
  t.equal(at(harness), '10.1.1.2:8080')
})

t.test('ports are claimed one by one: two Services share an address, and the last to leave takes its route along', async (t) => {
  const harness = createHarness()
  const tls = external('a/new', 200, { ports: [port({ port: 443 })] })
  harness.send(...OLD, tls, slice('a/new', ['10.1.1.2']))
  t.same(told(harness), [])
  t.equal(at(harness, { ...SHARED, port: 443 }), '10.1.1.2:8080')
  harness.send(gone('service', 'a/old'))
  t.same([at(harness), at(harness, { ...SHARED, port: 443 })], ['refused', '10.1.1.2:8080'])
  harness.send(gone('service', 'a/new'))
  t.same(
    [...harness.plane.items.keys()].filter((key) => key.includes('198.51.100.7')),
    [],
  )
})

t.test('of two Services that share an address one that fails does not keep the other from its route', async (t) => {
  const harness = createHarness()
  harness.plane.refuse = (change) => change.includes('198.51.100.7:443')
  harness.send(...OLD, external('a/new', 200, { ports: [port({ port: 443 })] }), slice('a/new', ['10.1.1.2']))
  t.same([...harness.controller.status().failures.keys()], ['a/new'])
  t.ok(harness.kernel().includes('route 198.51.100.7'))
  t.notOk(harness.kernel().includes('route 10.96.0.2'), 'an address of its own is not exposed while the Service is incomplete')
  t.equal(at(harness), '10.1.1.1:8080')
})

t.test('nobody takes another Service’s cluster IP or NodePort by an external address, however old', async (t) => {
  const harness = createHarness()
  const thief = external('a/old', 1, { externalIps: ['10.96.0.2', '192.0.2.1'], ports: [port(), port({ name: 'n', port: 30_080 })] })
  harness.send(thief, slice('a/old', ['10.1.1.1']))
  harness.send(external('a/new', 200, { ports: [port({ nodePort: 30_080 })] }), slice('a/new', ['10.1.1.2']))
  t.equal(at(harness, { address: '10.96.0.2', port: 80 }), '10.1.1.2:8080')
  t.equal(at(harness, { address: '192.0.2.1', port: 30_080 }), '10.1.1.2:8080')
})

t.test('policy Local changes hands with its mark and its drop', async (t) => {
  const harness = createHarness()
  const local = external('a/new', 200, { externalTrafficPolicy: 'Local' })
  harness.send(local, slice('a/new', ['10.1.1.2']))
  t.equal(at(harness), 'dropped')
  harness.send(...OLD)
  t.equal(at(harness), '10.1.1.1:8080')
  harness.send(gone('service', 'a/old'))
  t.equal(at(harness), 'dropped')
})

t.test('a cluster IP that is given away and out again within one step of the loop is the new Service’s', async (t) => {
  const harness = createHarness()
  const many = Array.from({ length: 600 }, (_, index) => service(`ns/s${index}`, { clusterIps: [`10.97.${index >> 8}.${index & 255}`] }))
  harness.send(...many, service('ns/first'), slice('ns/first', ['10.1.1.1']))
  const successor = [service('a/second', { createdAt: 5 }), slice('a/second', ['10.1.1.2'])]
  // The deletion is looked at in another chunk than the successor.
  harness.send(...successor, ...many.map(({ key }) => gone('service', key)), gone('service', 'ns/first'), gone('slice', 'ns/first-1'))
  t.equal(at(harness, { address: '10.96.0.10', port: 80 }), '10.1.1.2:8080')
  t.same(told(harness), [])
  t.same(
    harness.told.filter((line) => line.startsWith('failed')),
    [],
  )
})

t.test('what the kernel refuses to hand over is tried again', async (t) => {
  const harness = createHarness()
  harness.send(...NEW)
  harness.plane.refuse = (change) => change.includes('198.51.100.7:80 10.1.1.1')
  harness.send(...OLD)
  t.same([...harness.controller.status().failures.keys()], ['a/old'])
  harness.plane.refuse = () => false
  harness.time.advance(2_000)
  t.equal(at(harness), '10.1.1.1:8080')
  t.equal(harness.controller.status().failures.size, 0)
})
