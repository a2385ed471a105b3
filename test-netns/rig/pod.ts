/** Pods without CNI, for tests of what comes after it: a bridge on the node, a veth pair, a default route, as the bridge plugin makes them. */
import type { FlannelNode } from './flannel.ts'
import { addBridge, join } from './link.ts'
import { makeNamespace, type NetNamespace } from './namespace.ts'
import type { Owner } from './owner.ts'

const BRIDGE = 'kube-bridge'

export interface Pod {
  readonly name: string
  readonly namespace: NetNamespace
  readonly address: string
  readonly node: FlannelNode
}

/** Makes the pods' bridge of a node, with the gateway's address. */
export const addPodBridge = (node: FlannelNode): void => {
  addBridge(node.namespace, BRIDGE, [`${node.gateway}/24`])
}

/**
 * Makes a pod on a node that has its bridge. `number` is the last part of its address, 2 to 254. Hairpin mode is on, so it can reach
 * itself through a VIP.
 */
export const makePod = (owner: Owner, node: FlannelNode, number: number): Pod => {
  const address = `${node.gateway.slice(0, node.gateway.lastIndexOf('.'))}.${number}`
  const namespace = makeNamespace(owner, 'pod')
  const device = `veth${number}`
  join({ namespace, device: 'eth0', addresses: [`${address}/24`] }, { namespace: node.namespace, device, bridge: BRIDGE })
  node.namespace.exec('bridge', 'link', 'set', 'dev', device, 'hairpin', 'on')
  namespace.ip(`route add default via ${node.gateway}`)
  return { name: namespace.name, namespace, address, node }
}
