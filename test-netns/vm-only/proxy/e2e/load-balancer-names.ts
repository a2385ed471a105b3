/** test/e2e/network/loadbalancer.go: what the proxy does for the addresses that a cloud provider writes into a Service. */
import type { UpstreamCase } from './upstream.ts'

const CLOUD = { notApplicable: 'about the cloud provider, which no proxy is part of' } as const

export const LOAD_BALANCER_NAMES: readonly UpstreamCase[] = [
  ['should be able to change the type and ports of a TCP service'],
  ['should be able to change the type and ports of a UDP service'],
  ['should only allow access from service loadbalancer source ranges'],
  ['should have session affinity work for LoadBalancer service with Local traffic policy'],
  ['should have session affinity work for LoadBalancer service with Cluster traffic policy'],
  ['should be able to switch session affinity for LoadBalancer service with Local traffic policy'],
  ['should be able to switch session affinity for LoadBalancer service with Cluster traffic policy'],
  ['should handle load balancer cleanup finalizer for service', CLOUD],
  ['should be able to create LoadBalancer Service without NodePort and change it'],
  ['should be able to preserve UDP traffic when server pod cycles for a LoadBalancer service on different nodes'],
  ['should be able to preserve UDP traffic when server pod cycles for a LoadBalancer service on the same nodes'],
  ['should not have connectivity disruption during rolling update with externalTrafficPolicy=Cluster'],
  ['should not have connectivity disruption during rolling update with externalTrafficPolicy=Local'],
  ['should work for type=LoadBalancer'],
  ['should work for type=NodePort'],
  ['should only target nodes with endpoints'],
  ['should work from pods'],
  ['should handle updates to ExternalTrafficPolicy field'],
]
