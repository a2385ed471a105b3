/**
 * The names of Kubernetes' own end-to-end tests that concern a service proxy (test/e2e/network), as test titles carry them:
 * `[e2e Services] should …`. A run collects the titles and says which names are shown; docs/conformance.md is what a run found.
 */
import { GRANULAR_NAMES, SECONDARY_NAMES } from './granular-names.ts'
import { LOAD_BALANCER_NAMES } from './load-balancer-names.ts'
import { SERVICE_NAMES } from './service-names.ts'
import type { UpstreamSuite } from './upstream.ts'

const PROXY_MODE =
  'asks for ports and paths that are kube-proxy’s alone (10249 /proxyMode, 10256); ours are /healthz, /livez and /readyz on 20244'

export const UPSTREAM_SUITES: readonly UpstreamSuite[] = [
  { name: 'Services', file: 'service.go', cases: SERVICE_NAMES },
  {
    name: 'Conntrack',
    file: 'conntrack.go',
    cases: [
      ['should be able to preserve UDP traffic when server pod cycles for a NodePort service'],
      ['should be able to preserve UDP traffic when server pod cycles for a ClusterIP service'],
      ['should be able to preserve UDP traffic when server pod cycles for a ClusterIP service and client is hostNetwork'],
      ['should be able to preserve UDP traffic when initial unready endpoints get ready'],
      ['should drop INVALID conntrack entries'],
    ],
  },
  {
    name: 'Networking',
    file: 'networking.go',
    cases: [
      ...GRANULAR_NAMES,
      ['should check kube-proxy urls', { notApplicable: PROXY_MODE }],
      ['should recreate its iptables rules if they are deleted'],
    ],
  },
  { name: 'DualStack', file: 'dual_stack.go', cases: SECONDARY_NAMES },
  {
    name: 'Traffic Distribution',
    file: 'traffic_distribution.go',
    cases: [
      ['should route traffic to an endpoint in the same zone when using PreferClose'],
      ['should route traffic correctly between pods on multiple nodes when using PreferClose'],
      ['should route traffic to an endpoint in the same zone when using PreferSameZone'],
      ['should route traffic correctly between pods on multiple nodes when using PreferSameZone'],
      ['should route traffic to an endpoint on the same node or fall back to same zone when using PreferSameNode'],
      [
        'should route traffic to an endpoint on the same node when using PreferSameNode and fall back when the endpoint becomes unavailable',
      ],
    ],
  },
  { name: 'Topology Hints', file: 'topology_hints.go', cases: [['should distribute endpoints evenly']] },
  { name: 'NoSNAT', file: 'no_snat.go', cases: [['Should be able to send traffic between Pods without SNAT']] },
  {
    name: 'EndpointSlice',
    file: 'endpointslice.go',
    cases: [
      ['should support a Service with multiple endpoint IPs specified in multiple EndpointSlices'],
      ['should support a Service with multiple ports specified in multiple EndpointSlices'],
    ],
  },
  { name: 'LoadBalancers', file: 'loadbalancer.go', cases: LOAD_BALANCER_NAMES },
]
