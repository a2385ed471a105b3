/**
 * What flannel's vxlan backend makes on every node, made with `ip` and `bridge`: the device flannel.1 (VNI 1, UDP port 8472), a permanent ARP
 * entry, a forwarding entry and an on-link route for each other node. Pod networks are 10.20.0.0/24, 10.20.1.0/24, … of 10.20.0.0/16.
 * @see flannel pkg/backend/vxlan/vxlan.go, vxlan_network.go
 */
import { setUp } from './link.ts'
import type { Underlay, UnderlayNode } from './underlay.ts'

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
  const members = nodes.map((node, index) => ({
    node,
    network: `10.20.${index}`,
    mac: `02:20:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
  }))
  for (const member of members)
    addDevice(
      member,
      members.filter((each) => each !== member),
    )
  return members.map(({ node, network }) => ({
    ...node,
    podCidr: `${network}.0/24`,
    gateway: `${network}.1`,
    subnetEnv: subnetEnv(`${network}.1/24`),
  }))
}

interface Member {
  readonly node: UnderlayNode
  /** The first three parts of its pods' addresses. */
  readonly network: string
  /** Of its end of the overlay. */
  readonly mac: string
}

/** All in one call, for starting `ip` is most of what it costs an emulated machine; forwarding entries take `bridge`. */
const addDevice = ({ node: { namespace, address }, network, mac }: Member, peers: readonly Member[]): void => {
  namespace.ip(
    `link add ${DEVICE} mtu ${OVERLAY_MTU} address ${mac} type vxlan id 1 local ${address} dev eth0 dstport 8472 nolearning`,
    ...setUp({ device: DEVICE, addresses: [`${network}.0/32`] }),
    ...peers.flatMap((peer) => [
      `neighbor replace ${peer.network}.0 lladdr ${peer.mac} dev ${DEVICE} nud permanent`,
      `route replace ${peer.network}.0/24 via ${peer.network}.0 dev ${DEVICE} onlink`,
    ]),
  )
  const entries = peers.map((peer) => `fdb append ${peer.mac} dev ${DEVICE} dst ${peer.node.address} self permanent`)
  if (entries.length > 0) namespace.execWithInput(entries.join('\n'), 'bridge', '-batch', '-')
}

const subnetEnv = (subnet: string): string =>
  `FLANNEL_NETWORK=${CLUSTER_CIDR}\nFLANNEL_SUBNET=${subnet}\nFLANNEL_MTU=${OVERLAY_MTU}\nFLANNEL_IPMASQ=true\n`
