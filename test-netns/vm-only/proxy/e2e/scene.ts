/** The scene that all acceptance tests share: two nodes with proxies, five pods, a client outside, an API server. Started once. */
import type { Test } from 'tap'
import { type RunningApiServer, startApiServer } from '../../../api-server/start.ts'
import { type Actor, startActor } from '../../../rig/actor.ts'
import { CLUSTER_CIDR } from '../../../rig/flannel.ts'
import type { RunningProcess } from '../../../rig/process.ts'
import { makeUnderlay, type Underlay } from '../../../rig/underlay.ts'
import { CLUSTER_CIDR6, makeNodes, nodeObject, type SceneNode, startProxy } from './nodes.ts'
import { plugIn, type ScenePod } from './pods.ts'

/** Addresses that nobody has: externalIPs and load balancers of the tests. */
export const EXTERNAL_RANGE = '198.51.100.0/24'

export interface Scene {
  readonly api: RunningApiServer
  readonly underlay: Underlay
  readonly node1: SceneNode
  readonly node2: SceneNode
  /** Pods of node1 and of node2. */
  readonly a1: ScenePod
  readonly a2: ScenePod
  readonly a3: ScenePod
  readonly b1: ScenePod
  readonly b2: ScenePod
  /** Outside the cluster; the router sends what it asks of Services and external addresses to node1. */
  readonly client: Actor
  /** The proxies, by the name of their node; a test that starts one again puts it here. */
  readonly proxies: Map<string, RunningProcess>
  /** Starts the proxy of a node, as it was first, and with more flags. */
  startProxy(node: SceneNode, ...flags: string[]): Promise<RunningProcess>
}

/** One module of tests on the scene. */
export type Cases = (t: Test, scene: Scene) => Promise<void>

const SERVICE_CIDR6 = 'fd00:10:96::/48'

const FLAGS = [
  `--cluster-cidr=${CLUSTER_CIDR},${CLUSTER_CIDR6}`,
  `--service-cluster-ip-range=10.96.0.0/12,${SERVICE_CIDR6}`,
  `--service-external-ip-range=${EXTERNAL_RANGE}`,
  `--loadbalancer-ip-range=${EXTERNAL_RANGE}`,
  '--metrics-port=9100',
]

export const ZONES = { node1: 'zone-1', node2: 'zone-2' } as const

export const makeScene = async (t: Test): Promise<Scene> => {
  const begun = performance.now()
  const tell = (what: string): void => t.comment(`${what}: ${Math.round((performance.now() - begun) / 1000)} s`)
  const underlay = makeUnderlay(t)
  const starting = startApiServer(t, { namespace: underlay.router.name, address: '192.168.50.1' })
  const [node1, node2] = makeNodes(t, underlay)
  if (node1 === undefined || node2 === undefined) throw new Error('the scene needs two nodes')
  for (const network of ['10.96.0.0/12', SERVICE_CIDR6, EXTERNAL_RANGE]) underlay.routeTo(network, node1)
  const api = await starting
  tell('nodes and API server')
  for (const node of [node1, node2]) {
    await api.client.create(nodeObject(node, { 'topology.kubernetes.io/zone': node === node1 ? ZONES.node1 : ZONES.node2 }))
  }
  const start: Scene['startProxy'] = (node, ...flags) => startProxy(t, { node, api, flags: [...FLAGS, ...flags] })
  const proxies = [start(node1), start(node2)]
  const [a1, a2, a3] = [await plugIn(t, node1, 'a1'), await plugIn(t, node1, 'a2'), await plugIn(t, node1, 'a3')]
  const [b1, b2] = [await plugIn(t, node2, 'b1'), await plugIn(t, node2, 'b2')]
  const client = startActor(t, underlay.client, 'client')
  tell('pods')
  const [first, second] = await Promise.all(proxies)
  tell('proxies')
  if (first === undefined || second === undefined) throw new Error('each node has a proxy')
  return {
    ...{ api, underlay, node1, node2, a1, a2, a3, b1, b2, client },
    proxies: new Map([
      [node1.name, first],
      [node2.name, second],
    ]),
    startProxy: start,
  }
}
