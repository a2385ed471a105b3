/**
 * The network that a cluster's nodes stand in, with a client outside of it:
 *
 *     client 203.0.113.2 ── 203.0.113.1 router 192.168.50.1 ─┬─ 192.168.50.11 node1
 *                                                            └─ 192.168.50.12 node2
 *
 * and the same in IPv6 (2001:db8:113::/64, fd50::/64). Nodes and client have a default route to the router.
 */
import { existsSync } from 'node:fs'
import { addBridge, join } from './link.ts'
import { makeNamespace, type NetNamespace } from './namespace.ts'
import type { Owner } from './owner.ts'
import { attempt } from './run.ts'

export interface UnderlayNode {
  /** `node1`, `node2`, …: the Kubernetes node's name. */
  readonly name: string
  readonly namespace: NetNamespace
  /** Its address on `eth0`. */
  readonly address: string
  readonly address6: string
}

export interface Underlay {
  readonly nodes: readonly UnderlayNode[]
  readonly router: NetNamespace
  readonly client: NetNamespace
  /** Has the router send packets for a network to a node, as for VIPs that somebody outside asks for. */
  routeTo(network: string, node: UnderlayNode): void
}

export const CLIENT_ADDRESS = '203.0.113.2'
export const CLIENT_ADDRESS6 = '2001:db8:113::2'

/** Makes the router, the client and `count` nodes (at most 200), each node prepared as one of Kubernetes is. */
export const makeUnderlay = (owner: Owner, count = 2): Underlay => {
  const router = makeNamespace(owner, 'router')
  const client = makeNamespace(owner, 'client')
  addBridge(router, 'lan', ['192.168.50.1/24', 'fd50::1/64'])
  forward(router)
  join(
    { namespace: client, device: 'eth0', addresses: [`${CLIENT_ADDRESS}/24`, `${CLIENT_ADDRESS6}/64`] },
    { namespace: router, device: 'wan', addresses: ['203.0.113.1/24', '2001:db8:113::1/64'] },
  )
  addDefaultRoutes(client, '203.0.113.1', '2001:db8:113::1')
  const nodes = Array.from({ length: count }, (_, index) => makeNode(owner, router, index + 1))
  const routeTo = (network: string, node: UnderlayNode): void => {
    router.ip(`route replace ${network} via ${network.includes(':') ? node.address6 : node.address}`)
  }
  return { nodes, router, client, routeTo }
}

const makeNode = (owner: Owner, router: NetNamespace, number: number): UnderlayNode => {
  const name = `node${number}`
  const [address, address6] = [`192.168.50.${10 + number}`, `fd50::${10 + number}`]
  const namespace = makeNamespace(owner, name)
  join({ namespace, device: 'eth0', addresses: [`${address}/24`, `${address6}/64`] }, { namespace: router, device: name, bridge: 'lan' })
  addDefaultRoutes(namespace, '192.168.50.1', 'fd50::1')
  forward(namespace)
  filterBridges(namespace)
  return { name, namespace, address, address6 }
}

const addDefaultRoutes = (namespace: NetNamespace, gateway: string, gateway6: string): void =>
  namespace.ip(`route add default via ${gateway}`, `route add default via ${gateway6}`)

/** Has a namespace forward packets between its links. */
export const forward = (namespace: NetNamespace): void => namespace.sysctl({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 })

/** Shows a namespace's bridged packets to its IP filters, as every kubelet demands. The setting belongs to the namespace (Linux 5.3). */
export const filterBridges = (namespace: NetNamespace): void => {
  if (!existsSync('/proc/sys/net/bridge')) attempt('modprobe', 'br_netfilter')
  namespace.sysctl({ 'net.bridge.bridge-nf-call-iptables': 1, 'net.bridge.bridge-nf-call-ip6tables': 1 })
}
