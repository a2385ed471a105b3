/**
 * What flannel's vxlan backend makes on every node, made with `ip` and `bridge`: the device flannel.1 (VNI 1, UDP port 8472), a permanent ARP
 * entry, a forwarding entry and an on-link route for each other node. Pod networks are 10.20.0.0/24, 10.20.1.0/24, … of 10.20.0.0/16.
 * @see flannel pkg/backend/vxlan/vxlan.go, vxlan_network.go
 */
import { setUp } from './link.ts'
import type { NetNamespace } from './namespace.ts'
import type { Underlay, UnderlayNode } from './underlay.ts'
import { link } from './witness-ip.ts'

export const CLUSTER_CIDR = '10.20.0.0/16'
/** The underlay's 1500 less the encapsulation's 50. */
export const OVERLAY_MTU = 1450
const DEVICE = 'flannel.1'

export interface FlannelNode extends UnderlayNode {
  /** e.g. `10.20.0.0/24` */
  readonly podCidr: string
  /** The pod network's first address, its bridge's: `10.20.0.1`. */
  readonly gateway: string
  /** The contents of /run/flannel/subnet.env on this node. */
  readonly subnetEnv: string
}

/** Joins the nodes of an underlay. */
export const addFlannel = ({ nodes }: Underlay): FlannelNode[] => {
  const members = nodes.map((node, index) => ({ node, network: `10.20.${index}` }))
  for (const { node, network } of members) addDevice(node, `${network}.0/32`)
  for (const { node } of members) {
    for (const peer of members) if (peer.node !== node) addPeer(node.namespace, peer.node, peer.network)
  }
  return members.map(({ node, network }) => ({
    ...node,
    podCidr: `${network}.0/24`,
    gateway: `${network}.1`,
    subnetEnv: subnetEnv(`${network}.1/24`),
  }))
}

const addDevice = ({ namespace, address }: UnderlayNode, overlayAddress: string): void =>
  namespace.ip(
    `link add ${DEVICE} mtu ${OVERLAY_MTU} type vxlan id 1 local ${address} dev eth0 dstport 8472 nolearning`,
    ...setUp({ device: DEVICE, addresses: [overlayAddress] }),
  )

const addPeer = (namespace: NetNamespace, peer: UnderlayNode, network: string): void => {
  const mac = link(peer.namespace, DEVICE)?.address ?? ''
  namespace.ip(
    `neighbor replace ${network}.0 lladdr ${mac} dev ${DEVICE} nud permanent`,
    `route replace ${network}.0/24 via ${network}.0 dev ${DEVICE} onlink`,
  )
  namespace.exec('bridge', 'fdb', 'append', mac, 'dev', DEVICE, 'dst', peer.address, 'self', 'permanent')
}

const subnetEnv = (subnet: string): string =>
  `FLANNEL_NETWORK=${CLUSTER_CIDR}\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=${OVERLAY_MTU}\nFLANNEL_IPMASQ=true\n`
