import t from 'tap'
import { KernelError } from '#kernel/errno.ts'
import { createSchedulers } from './schedulers.ts'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness } from './testing/harness.ts'

const ENOENT = 2
const HERE = endpoint('10.20.0.5', { nodeName: 'node-a' })

/** A kernel without modules for these schedulers; it counts what it refused. */
const lacking = (...missing: readonly string[]) => {
  const plane = createFakeDataPlane()
  const { changeIpvs } = plane
  let refused = 0
  const lacks = (operation: Parameters<typeof changeIpvs>[0][number]): boolean =>
    (operation.verb === 'addServer' || operation.verb === 'setServer') && missing.includes(operation.server.scheduler)
  plane.changeIpvs = (operations) =>
    operations.flatMap((operation) => {
      if (!lacks(operation)) return changeIpvs([operation])
      refused += 1
      return new KernelError('add virtual server', ENOENT)
    })
  const harness = createHarness({ plane })
  const schedulers = () =>
    harness.plane.items
      .values()
      .flatMap((item) => (item.kind === 'server' ? [`${item.server.scheduler} ${item.server.schedulerFlags}`] : []))
      .toArray()
  const notices = () => harness.told.filter((line) => line.includes('SchedulerMissing'))
  return { ...harness, schedulers, notices, refused: () => refused }
}

for (const [asked, missing, given] of [
  ['mh', ['mh'], 'sh'],
  ['mh', ['mh', 'sh'], 'rr'],
  ['sh', ['sh'], 'mh'],
  ['dh', ['dh'], 'rr'],
  ['lc', ['lc'], 'wlc'],
  ['wlc', ['wlc'], 'lc'],
  ['sed', ['sed', 'wlc'], 'lc'],
  ['nq', ['nq', 'wlc', 'lc'], 'rr'],
  ['wrr', ['wrr'], 'rr'],
  ['rr', ['rr'], 'wrr'],
] as const)
  t.test(
    `a Service that asks for ${asked} is served by ${given} when the kernel lacks ${missing.join(' and ')}, and its owner is told`,
    async (t) => {
      const { send, schedulers, notices, controller, told } = lacking(...missing)
      send(service('a/b', { scheduler: asked }), slice('a/b', ['10.20.1.5']))
      t.same(schedulers(), [`${given} 0`])
      t.match(
        notices().at(-1),
        `Warning SchedulerMissing a/b: the kernel of this node has no scheduler ${asked} (module ip_vs_${asked}); ${given} is used`,
      )
      t.equal(controller.status().failures.size, 0)
      t.same(
        told.filter((line) => line.startsWith('failed')),
        [],
      )
    },
  )

t.test('the kernel is asked for a scheduler that it lacks once, however many Services want it, and for no other reason', async (t) => {
  const { send, refused, time, notices, plane } = lacking('mh')
  const many = Array.from({ length: 300 }, (_, number) =>
    service(`a/b${number}`, { scheduler: 'mh', clusterIps: [`10.96.${1 + (number >> 8)}.${number & 255}`] }),
  )
  send(many[0] ?? service('a/b'))
  t.equal(refused(), 1)
  send(...many)
  time.advance(600_000)
  t.equal(refused(), 1)
  t.equal(notices().length, 300)
  plane.log.length = 0
  time.advance(600_000)
  t.same(plane.log, [])
})

t.test('a scheduler that the kernel has taken before is not missing, whatever is said of a single virtual server', async (t) => {
  const { learn, usable } = createSchedulers()
  const server = { protocol: 'tcp', address: '10.96.0.10', port: 80, scheduler: 'mh', schedulerFlags: 8, persistenceSeconds: 0 } as const
  const added = { verb: 'add', item: { kind: 'server', server }, owners: ['a/b'] } as const
  const refusal = new KernelError('add virtual server', ENOENT)
  t.equal(
    learn([
      { operation: added, outcome: refusal },
      { operation: added, outcome: undefined },
    ]),
    false,
  )
  t.equal(learn([{ operation: added, outcome: refusal }]), false)
  t.same(usable(server), server)
})

t.test('where nothing can take its place the Service fails as any other, and is tried again at a pace', async (t) => {
  const { send, time, controller, refused } = lacking('rr', 'wrr')
  send(service('a/b'))
  t.equal(controller.status().failures.size, 1)
  const before = refused()
  time.advance(60_000)
  t.ok(refused() - before < 20, `${refused() - before} tries in a minute`)
})

t.test('flags that both hashing schedulers know are kept, others are not', async (t) => {
  const [toSource, toNothing] = [lacking('mh'), lacking('mh', 'sh')]
  for (const { send } of [toSource, toNothing]) send(service('a/b', { scheduler: 'mh', schedulerFlags: 0x38 }))
  t.same(toSource.schedulers(), ['sh 24'])
  t.same(toNothing.schedulers(), ['rr 0'])
})

t.test('a Service whose annotation changes keeps its virtual server and endpoints', async (t) => {
  const { send, schedulers, kernel } = lacking('mh')
  send(service('a/b'), slice('a/b', ['10.20.1.5']))
  const before = kernel()
  send(service('a/b', { scheduler: 'mh' }))
  t.same(schedulers(), ['sh 0'])
  t.same(kernel(), before)
})

t.test('clients outside of a Local Service with affinity are hashed by sh where mh is missing', async (t) => {
  const { send, plane, notices } = lacking('mh')
  const local = { externalTrafficPolicy: 'Local', affinitySeconds: 10_800, ports: [port({ nodePort: 30_080 })] } as const
  send(service('a/b', local), slice('a/b', [HERE]))
  const marked = plane.items.values().find((item) => item.kind === 'server' && 'fwmark' in item.server)
  t.match(marked, { server: { scheduler: 'sh', schedulerFlags: 8 } })
  t.equal(notices().length, 1)
})
