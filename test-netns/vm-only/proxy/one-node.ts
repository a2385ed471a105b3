/** One node with two pods, `a` and `b`, that answer on a port, an API server that knows the node, and a client outside of the cluster. */
import type { Test } from 'tap'
import { type RunningApiServer, startApiServer } from '../../api-server/start.ts'
import { node as nodeObject } from '../../proxy/cluster-objects.ts'
import { type Agent, startAgent } from '../../rig/agent.ts'
import { addFlannel, type FlannelNode } from '../../rig/flannel.ts'
import { addPodBridge, makePod, type Pod } from '../../rig/pod.ts'
import { makeUnderlay } from '../../rig/underlay.ts'

export interface OneNode {
  readonly node: FlannelNode
  readonly api: RunningApiServer
  /** Outside the cluster; the router sends its packets for Services to the node. */
  readonly client: Agent
  readonly a: Pod
  readonly b: Pod
}

export const makeOneNode = async (t: Test, podPort: number): Promise<OneNode> => {
  const underlay = makeUnderlay(t, 1)
  const starting = startApiServer(t, { namespace: underlay.router.name, address: '192.168.50.1' })
  const [node] = addFlannel(underlay)
  if (node === undefined) throw new Error('the scene needs a node')
  addPodBridge(node)
  underlay.routeTo('10.96.0.0/16', node)
  const [a, b] = [makePod(t, node, 2), makePod(t, node, 3)]
  await Promise.all([startAgent(t, a.namespace, 'a').serve([podPort]), startAgent(t, b.namespace, 'b').serve([podPort])])
  const api = await starting
  await api.client.create(nodeObject(node.name, node.address, node.podCidr))
  return { node, api, client: startAgent(t, underlay.client, 'client'), a, b }
}
