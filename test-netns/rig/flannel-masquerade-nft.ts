/**
 * The same by flannel's nftables backend (EnableNFTables): chains of a table of its own. It compares the mark as a whole, and has no rule that
 * masquerades hosts towards pods, because the rule before it names this node's pods where the iptables backend names the cluster's.
 * @see flannel pkg/trafficmngr/nftables/nftables.go
 */
import { CLUSTER_CIDR, type FlannelNode } from './flannel.ts'

/** Makes the table `ip flannel-ipv4`; as flannel at its start, it makes it anew. */
export const addFlannelMasqueradeNft = ({ namespace, podCidr }: Pick<FlannelNode, 'namespace' | 'podCidr'>): void => {
  namespace.execWithInput(table(podCidr), 'nft', '-f', '-')
}

const table = (podCidr: string): string => `
add table ip flannel-ipv4
delete table ip flannel-ipv4
table ip flannel-ipv4 {
  chain postrtg {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark 0x4000 return
    ip saddr ${podCidr} ip daddr ${CLUSTER_CIDR} return
    ip saddr ${CLUSTER_CIDR} ip daddr ${podCidr} return
    ip saddr != ${podCidr} ip daddr ${CLUSTER_CIDR} return
    ip saddr ${CLUSTER_CIDR} ip daddr != 224.0.0.0/4 masquerade fully-random
    ip saddr != ${CLUSTER_CIDR} ip daddr ${CLUSTER_CIDR} masquerade fully-random
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip saddr ${CLUSTER_CIDR} accept
    ip daddr ${CLUSTER_CIDR} accept
  }
}
`
