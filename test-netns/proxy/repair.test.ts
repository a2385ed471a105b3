/** What others do to the ruleset, and how soon it is right again: the proxy's own loop on real nftables and routes; IPVS is simulated. */
import t, { type Test } from 'tap'
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { openLinkNews } from '#kernel/netlink/news.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openGenerationReader } from '#kernel/nftables-generation.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { createDataPlane } from '../../proxy/dataplane/plane.ts'
import { createCluster } from '../../proxy/services/cluster.ts'
import type { Controller } from '../../proxy/services/contract.ts'
import { createController } from '../../proxy/services/controller.ts'
import { nodeViewOf } from '../../proxy/services/desired.ts'
import { node, port, service, slice } from '../../proxy/services/testing/builders.ts'
import { openForeignFilters } from '../../proxy/surroundings/main.ts'
import { createSurroundings, withSurroundings } from '../../proxy/surroundings/surroundings.ts'
import type { NetNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { until } from '../rig/until.ts'
import { link } from '../rig/witness-ip.ts'
import { CONFIG } from './dataplane/host.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { simulateIpvs } from './simulated-ipvs.ts'

const NEEDS = requires('root', 'nft', 'ip', 'iptables-nft', 'iptables-legacy')
const VIP = '10.96.0.10'

/** Milliseconds between audits: none happens in this test. */
const NEVER = 3_600_000

interface Scene {
  readonly host: NetNamespace
  readonly controller: Controller
  readonly told: string[]
  readonly started: () => number
}

/** A node with one Service, watched in real time. */
const makeScene = (t: Test): Scene => {
  const host = enterNewNamespace(t, 'node')
  // In place of a dummy link, which not every kernel has.
  host.ip('link add kube-dummy-if type bridge', 'link set kube-dummy-if up', 'address add 192.0.2.1/32 dev lo')
  const [commands, ipvs, rtnetlink, elements] = [openCommands(), simulateIpvs(), openRtnetlink(), openElementWriter()]
  const [generation, linkNews] = [openGenerationReader(), openLinkNews()]
  const nftables = { ...openNftables(commands), generation: generation.read }
  const sysctls = { read: () => '32768\t60999', write: () => {}, ensure: () => false }
  const told: string[] = []
  const dataPlane = createDataPlane(
    { nftables, elements, ipvs, rtnetlink, linkNews, sysctls, observeIpvs: ipvs.observe, conntrack: openConntrack() },
    () => CONFIG,
  )
  const surroundings = createSurroundings({
    filters: openForeignFilters(commands, nftables),
    sysctls: { ...sysctls, read: (path) => (path.endsWith('range') ? '32768\t60999' : '') },
    record: { noteSetting: () => {}, notePorts: () => {} },
    nodePorts: { first: 30_000, last: 32_767 },
    log: { info: (message) => told.push(message), warn: (message) => told.push(message) },
  })
  const controller = createController({
    cluster: createCluster(),
    plane: withSurroundings(dataPlane, surroundings),
    sight: dataPlane,
    scheduler: {
      now: () => performance.now(),
      date: Date.now,
      defer: (action) => void setImmediate(action),
      after: (milliseconds, action) => {
        const timer = setTimeout(action, milliseconds)
        return () => clearTimeout(timer)
      },
    },
    auditPeriod: NEVER,
    viewOf: nodeViewOf,
    spares: () => false,
    observer: {
      applied: () => {},
      synced: () => {},
      programmed: () => {},
      drifted: (items) => told.push(`drifted ${items}`),
      draining: () => {},
      noticed: () => {},
      failed: (subject, error) => told.push(`${subject}: ${error.message}`),
    },
  })
  t.teardown(() => {
    controller.stop()
    for (const open of [rtnetlink, elements, generation, linkNews]) open.close()
  })
  controller.handle([
    { kind: 'node', key: 'node-a', value: node() },
    { kind: 'service', key: 'a/b', value: service('a/b', { clusterIps: [VIP], ports: [port({ nodePort: 30_080 })] }) },
    { kind: 'slice', key: 'a/b-1', value: slice('a/b', ['10.20.1.5']) },
  ])
  controller.start()
  return { host, controller, told, started: () => commands.counters.started }
}

const listing = (host: NetNamespace): string => host.exec('nft', '--stateless', 'list', 'ruleset')
const RULE = 'accept comment "selvedge: packets of Services"'

t.test('what others do to the ruleset', { ...NEEDS, timeout: 120_000 }, async (t) => {
  const { host, controller, told, started } = makeScene(t)
  await until(
    'it is ready',
    () => controller.status().ready,
    () => told,
  )
  const whole = listing(host)
  t.match(whole, `elements = { ${VIP} . tcp . 80 }`)

  /** Until it is so; the seconds that it took. */
  const soon = async (t: Test, what: string, isSo: () => boolean): Promise<void> => {
    const begin = performance.now()
    await until(what, isSo, () => [listing(host), told], { seconds: 10, pause: 50 })
    const seconds = (performance.now() - begin) / 1000
    // A second of waiting and a second of work; a machine that does much else at the same time may need longer.
    t.ok(seconds < 5, `${what} after ${seconds.toFixed(2)} s`)
  }

  await t.test('a flushed ruleset is whole again', async (t) => {
    host.exec('nft', 'flush', 'ruleset')
    await soon(t, 'the ruleset is what it was', () => listing(host) === whole)
  })

  await t.test('so is one with an element less, an element more, a rule less', async (t) => {
    host.exec('nft', 'delete', 'element', 'inet', 'selvedge', 'vip4', `{ ${VIP} . tcp . 80 }`)
    host.exec('nft', 'add', 'element', 'inet', 'selvedge', 'nodeport4', '{ 192.0.2.1 . tcp . 22 }')
    await soon(t, 'the elements are what they were', () => listing(host) === whole)
    host.exec('nft', 'flush', 'chain', 'inet', 'selvedge', 'input')
    await soon(t, 'the rules are what they were', () => listing(host) === whole)
  })

  await t.test('a firewall that is loaded gets our rule, and again when it is loaded anew', async (t) => {
    for (const round of ['loaded', 'loaded anew']) {
      host.execWithInput(
        'flush ruleset\ntable inet fw {\nchain in {\ntype filter hook input priority 0; policy drop;\n}\n}\n',
        'nft',
        '-f',
        '-',
      )
      const isThere = (): boolean => [RULE, `elements = { ${VIP} . tcp . 80 }`].every((text) => listing(host).includes(text))
      await soon(t, `the rule is there, and the Service, ${round}`, isThere)
    }
    host.exec('nft', 'delete', 'table', 'inet', 'fw')
  })

  await t.test('the link of the VIPs is up again when somebody sets it down', async (t) => {
    host.ip('link set kube-dummy-if down')
    t.equal(link(host, 'kube-dummy-if')?.flags.includes('UP'), false)
    await soon(t, 'it is up', () => link(host, 'kube-dummy-if')?.flags.includes('UP') === true)
    t.match(host.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83'), VIP)
  })

  await t.test('when nobody writes, nothing is started and nothing is told', async (t) => {
    await until(
      'the loop has settled',
      () => told.every((line) => !line.startsWith('audit')),
      () => told,
    )
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const [processes, lines] = [started(), told.length]
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    t.same([started(), told.length], [processes, lines])
  })
})
