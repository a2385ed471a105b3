/** Two nodes on flannel with two pods each, programmed item by item, and a client outside whose packets to VIPs come to the first node. */
import type { Test } from 'tap'
import { type Actor, startActor } from '../../../rig/actor.ts'
import { addFlannel, type FlannelNode } from '../../../rig/flannel.ts'
import { addPodBridge, makePod } from '../../../rig/pod.ts'
import { makeUnderlay, type Underlay } from '../../../rig/underlay.ts'
import { type ProgrammedNode, programNode } from './node.ts'

export const POD_PORT = 8080

export interface Scene {
  readonly underlay: Underlay
  readonly nodes: readonly FlannelNode[]
  readonly one: FlannelNode
  readonly plane: ProgrammedNode
  /** Pods of the first node, and of the second. */
  readonly a: Actor
  readonly a2: Actor
  readonly b: Actor
  /** The first and the second node's own network. */
  readonly node: Actor
  readonly node2: Actor
  readonly client: Actor
}

export const A = '10.20.0.5'
export const A2 = '10.20.0.6'
export const B = '10.20.1.5'

export const makeScene = async (t: Test): Promise<Scene> => {
  const underlay = makeUnderlay(t)
  const nodes = addFlannel(underlay)
  for (const node of nodes) addPodBridge(node)
  const [one, two] = nodes
  if (one === undefined || two === undefined) throw new Error('the scene needs two nodes')
  for (const network of ['10.96.0.0/16', '198.51.100.0/24', 'fd00:96::/48']) underlay.routeTo(network, one)
  const [a, a2, b] = [makePod(t, one, 5), makePod(t, one, 6), makePod(t, two, 5)]
  const pods = { a: startActor(t, a.namespace, 'a'), a2: startActor(t, a2.namespace, 'a2'), b: startActor(t, b.namespace, 'b') }
  const hosts = { node: startActor(t, one.namespace, 'node'), node2: startActor(t, two.namespace, 'node2') }
  for (const agent of [pods.a, pods.b, hosts.node, hosts.node2]) await agent.serve([POD_PORT])
  const client = startActor(t, underlay.client, 'client')
  return { underlay, nodes, one, plane: programNode(t, one), client, ...pods, ...hosts }
}

/** `server saw client`, each once, sorted; or why there was no answer. */
export const seen = async (agent: Actor, address: string, port: number, protocol: 'tcp' | 'udp' = 'tcp'): Promise<string[]> => {
  const answers = await agent.askMany({ protocol, address, port, times: 2, timeout: 3 })
  return [...new Set(answers.map((answer) => (typeof answer === 'string' ? answer : `${answer.name} saw ${answer.client}`)))].sort()
}
