/** Objects of absurd size: read in bounded time, told of in a few lines, and no burden for what comes after. */
import t from 'tap'
import { SERVICES, SLICES } from '../../../proxy/watch/resource.ts'
import { openDoor } from './door.ts'
import { fullService, fullSlice, spoiled } from './hostile-objects.ts'

/** Processor seconds for one object; what grows with the square takes minutes. */
const SECONDS = 30
const MANY = 100_000

const numbers = Array.from({ length: MANY }, (_, index) => index)
const address = (index: number): string => `10.${(index >> 16) + 64}.${(index >> 8) & 255}.${index & 255}`

const CASES = [
  { title: '100,000 endpoints', resource: SLICES, path: ['endpoints'], value: numbers.map((index) => ({ addresses: [address(index)] })) },
  {
    title: '100,000 endpoints of one address',
    resource: SLICES,
    path: ['endpoints'],
    value: numbers.map(() => ({ addresses: ['10.20.0.9'] })),
  },
  {
    title: '100,000 endpoints without an address',
    resource: SLICES,
    path: ['endpoints'],
    value: numbers.map(() => ({ addresses: ['x'] })),
  },
  {
    title: '100,000 ports of a slice',
    resource: SLICES,
    path: ['ports'],
    value: numbers.map((index) => ({ name: `p${index}`, port: 80 })),
  },
  { title: '100,000 addresses of an endpoint', resource: SLICES, path: ['endpoints', 0, 'addresses'], value: numbers.map(address) },
  {
    title: '100,000 zones',
    resource: SLICES,
    path: ['endpoints', 0, 'hints', 'forZones'],
    value: numbers.map((name) => ({ name: `z${name}` })),
  },
  { title: 'a node name of 8 MiB', resource: SLICES, path: ['endpoints', 0, 'nodeName'], value: 'n'.repeat(8 << 20) },
  {
    title: '500 ports',
    resource: SERVICES,
    path: ['spec', 'ports'],
    value: numbers.slice(1, 501).map((port) => ({ name: `p${port}`, port })),
  },
  { title: '100,000 cluster IPs that are none', resource: SERVICES, path: ['spec', 'clusterIPs'], value: numbers.map(() => 'x') },
  { title: '2,000 external addresses', resource: SERVICES, path: ['spec', 'externalIPs'], value: numbers.slice(0, 2000).map(address) },
  {
    title: '2,000 source ranges',
    resource: SERVICES,
    path: ['spec', 'loadBalancerSourceRanges'],
    value: numbers.slice(0, 2000).map((index) => `${address(index)}/32`),
  },
  {
    title: '2,000 source ranges inside each other',
    resource: SERVICES,
    path: ['spec', 'loadBalancerSourceRanges'],
    value: numbers.slice(0, 2000).map((index) => `10.0.0.0/${index % 33}`),
  },
  {
    title: 'an annotation of 8 MiB',
    resource: SERVICES,
    path: ['metadata', 'annotations', 'kube-router.io/service.schedflags'],
    value: 'flag-1,'.repeat(1 << 20),
  },
  { title: 'a protocol of 8 MiB', resource: SERVICES, path: ['spec', 'ports', 0, 'protocol'], value: 'T'.repeat(8 << 20) },
] as const

/** Without its Service a slice is only kept: what a hundred thousand destinations cost the kernel is the kernel's affair. */
const SERVED = { title: '10,000 endpoints that are served', resource: SLICES, path: ['endpoints'], value: CASES[0].value.slice(0, 10_000) }
const plainService = (): unknown => spoiled(spoiled(fullService(), ['spec', 'type'], 'ClusterIP'), ['spec', 'externalIPs'], [])

for (const { title, resource, path, value } of [...CASES, SERVED]) {
  t.test(title, async (t) => {
    const door = openDoor()
    if (resource === SERVICES) door.present(SERVICES, fullService())
    else if (title === SERVED.title) door.present(SERVICES, plainService())
    door.present(SLICES, fullSlice())
    const begun = process.cpuUsage()
    door.present(resource, spoiled(resource === SERVICES ? fullService() : fullSlice(), path, value))
    // Of the processor: how long others make us wait says nothing.
    const { user, system } = process.cpuUsage(begun)
    const seconds = (user + system) / 1e6
    t.ok(seconds < SECONDS, `${seconds.toFixed(2)} s`)
    t.same(door.complaints().slice(0, 3), [])
    t.ok(door.warnings.length <= 12, `${door.warnings.length} warnings`)
    t.ok(
      door.warnings.every((line) => line.length < 500),
      'each of a bounded length',
    )
    door.present(SLICES, fullSlice())
    door.present(SERVICES, fullService())
    t.ok(door.harness.plane.items.size < 200, 'nothing of it is left when the object is whole again')
  })
}
