/** A restart while two Services claim one address and port. */
import t from 'tap'
import { service, slice } from './testing/builders.ts'
import { createHarness, type Harness } from './testing/harness.ts'
import { walk } from './testing/walk.ts'
import type { Service } from './types.ts'

const external = (key: string, createdAt: number, tweaks: Partial<Service> = {}): Service =>
  service(key, { createdAt, clusterIps: [CLUSTER_IPS[key] ?? ''], externalIps: ['198.51.100.7'], ...tweaks })
const CLUSTER_IPS: Readonly<Record<string, string>> = { 'a/old': '10.96.0.1', 'a/new': '10.96.0.2', 'a/third': '10.96.0.3' }
const OLD = [external('a/old', 100), slice('a/old', ['10.1.1.1'])] as const
const NEW = [external('a/new', 200), slice('a/new', ['10.1.1.2'])] as const
const SHARED = { address: '198.51.100.7', port: 80 }

const at = ({ plane }: Harness, packet = SHARED): string => walk(plane.items, packet)
const told = ({ told: lines }: Harness): string[] => lines.filter((line) => line.includes('AddressInUse'))
const NEW_WAITS =
  'Warning AddressInUse a/new: 198.51.100.7 port 80/tcp: in use by the Service a/old, which comes first; served here when that one lets go'

t.test('a restart changes nothing: the Service that has an address in the kernel keeps it without a write', async (t) => {
  const before = createHarness()
  before.send(...NEW, ...OLD)
  const { plane } = before
  for (const order of [
    [...NEW, ...OLD],
    [...OLD, ...NEW],
  ]) {
    const after = createHarness({ plane, started: false })
    plane.log.length = 0
    after.send(...order)
    after.controller.start()
    after.time.settle()
    t.same(plane.log, [])
    t.equal(at(after), '10.1.1.1:8080')
    t.same(told(after), [NEW_WAITS])
  }
})

t.test('a restart finds the wrong one in the kernel and puts it right, without the address being away', async (t) => {
  const before = createHarness()
  before.send(...NEW)
  const after = createHarness({ plane: before.plane, started: false })
  before.plane.log.length = 0
  after.send(...NEW, ...OLD)
  after.controller.start()
  after.time.settle()
  t.equal(at(after), '10.1.1.1:8080')
  t.notOk(before.plane.log.some((change) => /delete(Server|) (server|route).*198\.51\.100\.7/.test(change)))
})
