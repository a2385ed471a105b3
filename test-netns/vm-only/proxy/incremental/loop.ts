/** What one change costs among many Services, counted on a real kernel: the proxy's own loop over the kernel layer, without an API server. */
import t, { type Test } from 'tap'
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { observeIpvs } from '#kernel/ipvs/observe.ts'
import { openIpvs } from '#kernel/ipvs/open.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls } from '#kernel/sysctl.ts'
import { createDataPlane } from '../../../../proxy/dataplane/plane.ts'
import { createCluster } from '../../../../proxy/services/cluster.ts'
import { createController } from '../../../../proxy/services/controller.ts'
import { nodeViewOf } from '../../../../proxy/services/desired.ts'
import { endpoint, node, service, slice } from '../../../../proxy/services/testing/builders.ts'
import { createFakeScheduler } from '../../../../proxy/services/testing/fake-scheduler.ts'
import type { ClusterEvent } from '../../../../proxy/services/types.ts'
import { enterNewNamespace } from '../../../proxy/enter-namespace.ts'
import { requires } from '../../../rig/requires.ts'
import { run } from '../../../rig/run.ts'

t.setTimeout(400_000)

const PERIOD = 60_000
const here = { nodeName: 'node-a' }

const eventsOf = (services: number): ClusterEvent[] =>
  Array.from({ length: services }, (_, index) => `ns/s${index}`).flatMap((key, index): ClusterEvent[] => [
    { kind: 'service', key, value: service(key, { clusterIps: [`10.97.${index >> 8}.${index & 255}`] }) },
    { kind: 'slice', key: `${key}-1`, value: slice(key, ['10.20.1.5', endpoint('10.20.0.7', here)]) },
  ])

/** Adds the test with so many Services. */
export const incremental = (services: number): Promise<unknown> =>
  t.test(`the loop over a real kernel with ${services} Services`, requires('root', 'ipvs', 'nft', 'ipvsadm'), (t) => loop(t, services))

const loop = async (t: Test, services: number): Promise<void> => {
  enterNewNamespace(t, 'node')
  run('ip', 'link', 'set', 'lo', 'up')
  run('ip', 'address', 'add', '192.0.2.1/32', 'dev', 'lo')
  const commands = openCommands()
  const [ipvs, rtnetlink] = [openIpvs(undefined, commands), openRtnetlink()]
  const nftables = openNftables(commands)
  const elements = openElementWriter()
  const inside = [{ address: '10.20.0.0', prefixLength: 16 }]
  const plane = createDataPlane(
    {
      nftables,
      shapes: openNftShapes(),
      elements,
      ipvs,
      rtnetlink,
      sysctls: openSysctls(),
      observeIpvs: () => observeIpvs(ipvs),
      conntrack: openConntrack(),
    },
    () => ({
      masqueradeAll: false,
      ping: true,
      masqueradePorts: { first: 32_768, last: 65_535 },
      inside,
      own: inside,
    }),
  )
  const time = createFakeScheduler()
  const refused: string[] = []
  const controller = createController({
    cluster: createCluster(),
    plane,
    scheduler: time,
    auditPeriod: PERIOD,
    viewOf: nodeViewOf,
    spares: () => false,
    observer: {
      applied: ({ outcome }) => outcome !== undefined && refused.push(outcome.message),
      synced: () => {},
      programmed: () => {},
      drifted: (items) => refused.push(`drifted ${items}`),
      draining: () => {},
      noticed: () => {},
      failed: (subject, error) => refused.push(`${subject}: ${error.message}`),
    },
  })
  const cost = (action: () => void): { messages: number; processes: number } => {
    const messages = (): number => ipvs.counters.messages + rtnetlink.counters.messages + elements.counters.messages
    const before = [messages(), commands.counters.started] as const
    action()
    return { messages: messages() - before[0], processes: commands.counters.started - before[1] }
  }
  const send = (...changes: ClusterEvent[]): void => {
    controller.handle(changes)
    time.settle()
  }

  await t.test('all Services are in the kernel, as ipvsadm and ip see it', async (t) => {
    send({ kind: 'node', key: 'node-a', value: node() }, ...eventsOf(services))
    controller.start()
    time.settle()
    t.same(refused, [])
    t.equal(controller.status().ready, true)
    t.equal(run('ipvsadm', '-Sn').split('\n').length, 3 * services)
    t.equal(run('ip', 'route', 'show', 'table', 'local', 'proto', '83').split('\n').length, services)
  })

  await t.test('one more endpoint costs at most 4 netlink messages and no process', async (t) => {
    const remote = cost(() =>
      send({ kind: 'slice', key: 'ns/s77-1', value: slice('ns/s77', ['10.20.1.5', '10.20.1.6', endpoint('10.20.0.7', here)]) }),
    )
    t.same(remote, { messages: 1, processes: 0 }, 'an endpoint on another node')
    const local = [endpoint('10.20.0.7', here), endpoint('10.20.0.8', here)]
    t.same(
      cost(() => send({ kind: 'slice', key: 'ns/s78-1', value: slice('ns/s78', ['10.20.1.5', ...local]) })),
      { messages: 4, processes: 0 },
      'one on this node, with an element of a set: begin, element, end',
    )
    const rules = run('ipvsadm', '-Sn')
    t.match(rules, '-a -t 10.97.0.77:80 -r 10.20.1.6:8080 -m -w 1')
    t.match(rules, '-a -t 10.97.0.78:80 -r 10.20.0.8:8080 -m -w 1')
  })

  await t.test('an audit that finds no drift writes nothing: no process, and netlink only to read', async (t) => {
    const before = [nftables.generation(), run('ipvsadm', '-Sn')]
    const { processes } = cost(() => time.advance(PERIOD))
    t.equal(processes, 0)
    t.same([nftables.generation(), run('ipvsadm', '-Sn')], before)
    t.same(refused, [])
  })

  await t.test('a foreign change of the ruleset costs an audit no process, and is left alone', async (t) => {
    run('nft', 'add', 'table', 'inet', 'foreign')
    t.equal(cost(() => time.advance(PERIOD)).processes, 0)
    t.match(run('nft', 'list', 'tables'), 'table inet foreign')
    t.same(refused, [])
  })

  ipvs.close()
  rtnetlink.close()
}
