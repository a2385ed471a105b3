/** The proxy's own loop on real nftables and routes, in real time; IPVS is simulated. */
import type { Test } from 'tap'
import { openCommands } from '#kernel/command.ts'
import { openConntrack } from '#kernel/conntrack/open.ts'
import { openNews } from '#kernel/netlink/news.ts'
import { openNftables } from '#kernel/nftables.ts'
import { openElementWriter } from '#kernel/nftables-elements.ts'
import { openGenerationReader } from '#kernel/nftables-generation.ts'
import { openNftShapes } from '#kernel/nftables-shape.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { createDataPlane, ROUTE_PROTOCOL } from '../../proxy/dataplane/plane.ts'
import { nodeViewWith } from '../../proxy/node-view.ts'
import { createCluster } from '../../proxy/services/cluster.ts'
import type { Controller } from '../../proxy/services/contract.ts'
import { createController } from '../../proxy/services/controller.ts'
import { node, port, service, slice } from '../../proxy/services/testing/builders.ts'
import { openForeignFilters, readMachineFacts } from '../../proxy/surroundings/main.ts'
import { createSurroundings, withSurroundings } from '../../proxy/surroundings/surroundings.ts'
import type { NetNamespace } from '../rig/namespace.ts'
import { until } from '../rig/until.ts'
import { CONFIG } from './dataplane/host.ts'
import { enterNewNamespace } from './enter-namespace.ts'
import { simulateIpvs } from './simulated-ipvs.ts'

export const VIP = '10.96.0.10'
export const VIP6 = 'fd00:96::10'

/** The node's, on its link eth0. */
const ADDRESSES = ['192.0.2.1/24', 'fd00::1/64']

/** Milliseconds between audits: none happens in this test. */
const NEVER = 3_600_000

export interface Scene {
  readonly host: NetNamespace
  readonly controller: Controller
  readonly told: string[]
  readonly started: () => number
}

/** A node with one Service, watched in real time. */
export const makeScene = (t: Test): Scene => {
  const host = enterNewNamespace(t, 'node')
  // In place of a dummy link, which not every kernel has, and of a machine's own.
  for (const name of ['kube-dummy-if', 'eth0']) host.ip(`link add ${name} type bridge`, `link set ${name} up`)
  host.ip(...ADDRESSES.map((address) => `address add ${address} dev eth0 nodad`))
  const [commands, ipvs, rtnetlink, elements] = [openCommands(), simulateIpvs(), openRtnetlink(), openElementWriter()]
  const [generation, news] = [openGenerationReader(), openNews({ protocol: ROUTE_PROTOCOL, writer: rtnetlink.port })]
  const nftables = { ...openNftables(commands), generation: generation.read }
  const sysctls = { read: () => '32768\t60999', write: () => {}, ensure: () => false }
  const told: string[] = []
  const dataPlane = createDataPlane(
    { nftables, shapes: openNftShapes(), elements, ipvs, rtnetlink, news, sysctls, observeIpvs: ipvs.observe, conntrack: openConntrack() },
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
    viewOf: (seen) => nodeViewWith({ node: seen, nodePorts: 'node', ...readMachineFacts(rtnetlink) }),
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
    for (const open of [rtnetlink, elements, generation, news]) open.close()
  })
  controller.handle([
    { kind: 'node', key: 'node-a', value: node({ addresses: ['192.0.2.1', 'fd00::1'] }) },
    { kind: 'service', key: 'a/b', value: service('a/b', { clusterIps: [VIP, VIP6], ports: [port({ nodePort: 30_080 })] }) },
    { kind: 'slice', key: 'a/b-1', value: slice('a/b', ['10.20.1.5']) },
  ])
  controller.start()
  return { host, controller, told, started: () => commands.counters.started }
}

/** Until it is so; fails when it took long. */
export const soon = async (t: Test, { what, isSo, seen }: { what: string; isSo: () => boolean; seen: () => unknown }): Promise<void> => {
  const begin = performance.now()
  await until(what, isSo, seen, { seconds: 10, pause: 50 })
  const seconds = (performance.now() - begin) / 1000
  // A second of waiting and a second of work; a machine that does much else at the same time may need longer.
  t.ok(seconds < 5, `${what} after ${seconds.toFixed(2)} s`)
}
