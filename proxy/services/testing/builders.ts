/** Kubernetes objects for tests: a test names only what it is about. */
import type { Endpoint, EndpointSlice, Node, Service, ServicePort } from '../types.ts'

export const service = (key: string, tweaks: Partial<Service> = {}): Service => ({
  key,
  uid: `uid of ${key}`,
  createdAt: 0,
  clusterIps: ['10.96.0.10'],
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: undefined,
  healthCheckNodePort: 0,
  ports: [port()],
  scheduler: 'rr',
  schedulerFlags: 0,
  affinitySeconds: 0,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  notices: [],
  ...tweaks,
})

export const port = (tweaks: Partial<ServicePort> = {}): ServicePort => ({ name: '', protocol: 'tcp', port: 80, nodePort: 0, ...tweaks })

export const endpoint = (address: string, tweaks: Partial<Endpoint> = {}): Endpoint => ({
  address,
  ready: true,
  serving: true,
  terminating: false,
  nodeName: 'node-b',
  forNodes: [],
  forZones: [],
  ...tweaks,
})

/** A slice of `service` whose endpoints are ready and on another node, unless given as objects. */
export const slice = (owner: string, endpoints: readonly (string | Endpoint)[], tweaks: Partial<EndpointSlice> = {}): EndpointSlice => ({
  key: `${owner}-1`,
  service: owner,
  family: 4,
  ports: [{ name: '', protocol: 'tcp', port: 8080 }],
  endpoints: endpoints.map((given) => (typeof given === 'string' ? endpoint(given) : given)),
  ...tweaks,
})

export const node = (tweaks: Partial<Node> = {}): Node => ({
  name: 'node-a',
  addresses: ['192.0.2.1'],
  podCidrs: [{ address: '10.20.0.0', prefixLength: 24 }],
  zone: '',
  deleting: false,
  taintedForDeletion: false,
  ...tweaks,
})
