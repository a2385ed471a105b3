/** "Granular Checks: Services" of test/e2e/network/networking.go, and of dual_stack.go for the secondary family. */
import type { UpstreamCase } from './upstream.ts'

const BOTH: readonly UpstreamCase[] = ['http', 'udp'].flatMap((word): UpstreamCase[] => [
  [`should function for pod-Service: ${word}`],
  [`should function for node-Service: ${word}`],
  [`should function for endpoint-Service: ${word}`],
  [`should update endpoints: ${word}`],
  [`should update nodePort: ${word}`],
  [`should function for client IP based session affinity: ${word}`],
  [`should be able to handle large requests: ${word}`],
])

const TOO_LARGE = {
  notMet:
    'the kernel’s own limit, for pods and the node: br_netfilter reassembles the fragments on the pods’ bridge, the IPv6 stack forgets how large they were, and IPVS refuses the whole as too big for the MTU; clients outside get through (Linux 6.1, by tcpdump with and without bridge-nf-call-ip6tables)',
} as const

const SKIPPED = { notApplicable: 'upstream skips it: its own clients on nodes cannot speak SCTP (kubernetes/kubernetes#96482)' } as const

const SCTP: readonly UpstreamCase[] = [
  ['should function for pod-Service: sctp'],
  ['should function for node-Service: sctp', SKIPPED],
  ['should function for endpoint-Service: sctp'],
]

export const GRANULAR_NAMES: readonly UpstreamCase[] = [
  ...BOTH,
  ...SCTP,
  ['should support basic nodePort: udp functionality'],
  ['should function for service endpoints using hostNetwork'],
  ['should function for multiple endpoint-Services with same selector'],
]

export const SECONDARY_NAMES: readonly UpstreamCase[] = [
  ['should have ipv4 and ipv6 internal node ip', { notApplicable: 'about what kubelet writes into Nodes' }],
  ['should create pod, add ipv6 and ipv4 ip to pod ips'],
  ['should be able to reach pod on ipv4 and ipv6 ip'],
  ['should create a single stack service with cluster ip from primary service range'],
  ['should create service with ipv4 cluster ip'],
  ['should create service with ipv6 cluster ip'],
  ['should create service with ipv4,v6 cluster ip'],
  ['should create service with ipv6,v4 cluster ip'],
  ...BOTH.map(([name]): UpstreamCase => (name === 'should be able to handle large requests: udp' ? [name, TOO_LARGE] : [name])),
  ...SCTP,
]
