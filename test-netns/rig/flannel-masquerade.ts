/**
 * The chains that flannel appends to a node's iptables with --ip-masq (its default in Kubernetes): packets marked 0x4000 and traffic of
 * the node's own pods are left alone, pods reach the outside masqueraded, and so do hosts the pods of other nodes.
 * @see flannel pkg/trafficmngr/iptables/iptables.go
 */
import { CLUSTER_CIDR, type FlannelNode } from './flannel.ts'

export const addFlannelMasquerade = ({ namespace, podCidr }: Pick<FlannelNode, 'namespace' | 'podCidr'>): void => {
  namespace.execWithInput(rules(podCidr), 'iptables-restore', '--noflush')
}

const rules = (podCidr: string): string => `*nat
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN
-A FLANNEL-POSTRTG -s ${podCidr} -d ${CLUSTER_CIDR} -j RETURN
-A FLANNEL-POSTRTG -s ${CLUSTER_CIDR} -d ${podCidr} -j RETURN
-A FLANNEL-POSTRTG ! -s ${CLUSTER_CIDR} -d ${podCidr} -j RETURN
-A FLANNEL-POSTRTG -s ${CLUSTER_CIDR} ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s ${CLUSTER_CIDR} -d ${CLUSTER_CIDR} -j MASQUERADE --random-fully
COMMIT
*filter
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s ${CLUSTER_CIDR} -j ACCEPT
-A FLANNEL-FWD -d ${CLUSTER_CIDR} -j ACCEPT
COMMIT
`
