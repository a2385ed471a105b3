/** Manifests for tests: a test shows only what matters to it. */
import type { JsonObject } from '../api-server/objects.ts'

interface ServiceParts {
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
  readonly spec?: JsonObject
}

/** A Service with one port, 80. */
export const service = (name: string, { labels = {}, annotations = {}, spec = {} }: ServiceParts = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, labels, annotations },
  spec: { ports: [{ port: 80 }], ...spec },
})

/** The slice of a Service with these addresses, ready on node1. */
export const slice = (of: string, addresses: readonly string[], name = `${of}-1`): JsonObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true }, nodeName: 'node1' })),
})

interface ReadyPod {
  readonly address: string
  readonly node: { readonly name: string }
}

/** The slice that the control plane would make of a Service's ready pods. @param ports as the slice has them */
export const readySlice = (service: string, ports: readonly JsonObject[], pods: readonly ReadyPod[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ports,
  endpoints: pods.map(({ address, node }) => ({
    addresses: [address],
    nodeName: node.name,
    conditions: { ready: true, serving: true, terminating: false },
  })),
})

export const node = (name: string, address: string, podCidr = '10.20.0.0/24'): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

export const serviceNamed = (name: string) => ({ apiVersion: 'v1', kind: 'Service', name })
