/** Pods of the acceptance tests: network namespaces that the node's conflist and our executables plug in, as a container runtime would. */
import { type Actor, startActor } from '../../../rig/actor.ts'
import { addToNetwork } from '../../../rig/container-runtime.ts'
import { makeNamespace, type NetNamespace } from '../../../rig/namespace.ts'
import type { Owner } from '../../../rig/owner.ts'
import type { SceneNode } from './nodes.ts'

/** Ports that every pod answers on, TCP and UDP. */
export const POD_PORTS = [8080, 8081] as const

export interface ScenePod {
  readonly name: string
  readonly node: SceneNode
  readonly namespace: NetNamespace
  readonly agent: Actor
  readonly address: string
  readonly address6: string
}

/** Plugs a pod in and has it answer with its name on the ports of all pods. */
export const plugIn = async (owner: Owner, node: SceneNode, name: string): Promise<ScenePod> => {
  const namespace = makeNamespace(owner, name)
  const attachment = { containerId: namespace.name, netns: namespace.path, ifname: 'eth0' }
  const { ips = [] } = addToNetwork(node.machine, node.conflist, attachment)
  const [address = '', address6 = ''] = ips.map(({ address }) => address.split('/')[0])
  const agent = startActor(owner, namespace, name)
  await agent.serve(POD_PORTS)
  return { name, node, namespace, agent, address, address6 }
}
