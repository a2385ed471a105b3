/**
 * The network that a cluster's nodes stand in, with a client outside of it:
 *
 *     client 203.0.113.2 ── 203.0.113.1 router 192.168.50.1 ─┬─ 192.168.50.11 node1
 *                                                            └─ 192.168.50.12 node2
 *
 * and the same in IPv6 (2001:db8:113::/64, fd50::/64). Nodes and client have a default route to the router.
 */
import { existsSync } from 'node:fs'
import { type LinkEnd, setUp } from './link.ts'
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
  const nodes = Array.from({ length: count }, (_, index) => makeNode(owner, index + 1))
  // All of a namespace in one call: starting `ip` is most of what it costs an emulated machine.
  router.ip(
    ...['link add lan type bridge', ...setUp({ device: 'lan', addresses: ['192.168.50.1/24', 'fd50::1/64'] })],
    ...cable({ device: 'wan', addresses: ['203.0.113.1/24', '2001:db8:113::1/64'] }, client),
    ...nodes.flatMap(({ name, namespace }) => cable({ device: name, bridge: 'lan' }, namespace)),
  )
  client.ip(...plugged([`${CLIENT_ADDRESS}/24`, `${CLIENT_ADDRESS6}/64`], ['203.0.113.1', '2001:db8:113::1']))
  for (const { namespace, address, address6 } of nodes) {
    namespace.ip(...plugged([`${address}/24`, `${address6}/64`], ['192.168.50.1', 'fd50::1']))
  }
  for (const { namespace } of nodes) prepareNode(namespace)
  forward(router)
  const routeTo = (network: string, node: UnderlayNode): void => {
    router.ip(`route replace ${network} via ${network.includes(':') ? node.address6 : node.address}`)
  }
  return { nodes, router, client, routeTo }
}

const makeNode = (owner: Owner, number: number): UnderlayNode => {
  const name = `node${number}`
  const namespace = makeNamespace(owner, name)
  return { name, namespace, address: `192.168.50.${10 + number}`, address6: `fd50::${10 + number}` }
}

/** A cable from a device of the router's to `eth0` of another namespace. */
const cable = (device: Pick<LinkEnd, 'device' | 'addresses' | 'bridge'>, { name }: NetNamespace): string[] => [
  `link add ${device.device} type veth peer name eth0 netns ${name}`,
  ...setUp(device),
]

const plugged = (addresses: readonly string[], gateways: readonly string[]): string[] => [
  ...setUp({ device: 'eth0', addresses }),
  ...gateways.map((gateway) => `route add default via ${gateway}`),
]

const prepareNode = (namespace: NetNamespace): void => {
  forward(namespace)
  filterBridges(namespace)
}

/** Has a namespace forward packets between its links. */
export const forward = (namespace: NetNamespace): void => namespace.sysctl({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 })

/** Shows a namespace's bridged packets to its IP filters, as every kubelet demands. The setting belongs to the namespace (Linux 5.3). */
export const filterBridges = (namespace: NetNamespace): void => {
  if (!existsSync('/proc/sys/net/bridge')) attempt('modprobe', 'br_netfilter')
  namespace.sysctl({ 'net.bridge.bridge-nf-call-iptables': 1, 'net.bridge.bridge-nf-call-ip6tables': 1 })
}
