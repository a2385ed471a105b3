/** The cluster that is measured: Services with two endpoints each, as events for the loop, as objects for an API server, and as ipvsadm's lines. */

import { endpoint, node, service, slice } from '../../proxy/services/testing/builders.ts'
import type { ClusterEvent, Endpoint } from '../../proxy/services/types.ts'
import type { JsonObject } from '../../test-netns/api-server/objects.ts'

export const NODE = 'node-a'
export const NODE_ADDRESS = '192.0.2.1'
export const POD_NETWORK = { address: '10.20.0.0', prefixLength: 16 } as const

/** One Service in so many has an endpoint on this node: a node has some hundred pods, whatever the cluster has. */
const LOCAL_SHARE = 100

export const keyOf = (index: number): string => (index === 0 ? 'default/kubernetes' : `bench/service-${index}`)

export const vipOf = (index: number): string => `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`

const remotePod = (index: number, nth: number): string => `10.${100 + nth}.${(index >> 8) & 255}.${index & 255}`

/** A pod of this node; a hundred addresses, so that 10,000 Services share them. */
export const localPod = (index: number): string => `10.20.0.${2 + (Math.floor(index / LOCAL_SHARE) % 100)}`

/** The two endpoints of a Service. */
export const endpointsOf = (index: number): Endpoint[] => [
  endpoint(remotePod(index, 0)),
  index % LOCAL_SHARE === 0 ? endpoint(localPod(index), { nodeName: NODE }) : endpoint(remotePod(index, 1)),
]

/** An endpoint that no other Service has: elsewhere or on this node. */
export const oneMorePod = (index: number, where: 'elsewhere' | 'here'): Endpoint =>
  where === 'here' ? endpoint(`10.20.1.${index % 256}`, { nodeName: NODE }) : endpoint(remotePod(index, 2))

/** A Service with one endpoint more: elsewhere, and then one on this node beside it. */
export const oneMore = (index: number, where: 'elsewhere' | 'here'): ClusterEvent =>
  sliceEvent(index, [...endpointsOf(index), oneMorePod(index, 'elsewhere'), ...(where === 'here' ? [oneMorePod(index, where)] : [])])

export const sliceEvent = (index: number, endpoints: readonly Endpoint[]): ClusterEvent => {
  const value = slice(keyOf(index), endpoints)
  return { kind: 'slice', key: value.key, value }
}

/** Everything that is listed at the start. */
export const eventsOf = (services: number): ClusterEvent[] => [
  { kind: 'node', key: NODE, value: node({ name: NODE, addresses: [NODE_ADDRESS] }) },
  ...Array.from({ length: services }, (_, index): ClusterEvent[] => [
    { kind: 'service', key: keyOf(index), value: service(keyOf(index), { clusterIps: [vipOf(index)] }) },
    sliceEvent(index, endpointsOf(index)),
  ]).flat(),
]

/** The same virtual servers and destinations for `ipvsadm --restore`. */
export const ipvsadmLines = (services: number): string =>
  Array.from({ length: services }, (_, index) => [
    `-A -t ${vipOf(index)}:80 -s rr`,
    ...endpointsOf(index).map(({ address }) => `-a -t ${vipOf(index)}:80 -r ${address}:8080 -m -w 1`),
    '',
  ])
    .map((lines) => lines.join('\n'))
    .join('')

/** The same Services and slices as an API server has them, and their namespace. */
export const objectsOf = (services: number): JsonObject[] => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } },
  ...Array.from({ length: services }, (_, index) => [serviceObject(index), sliceObject(index, endpointsOf(index))]).flat(),
]

const serviceObject = (index: number): JsonObject => {
  const [namespace = '', name = ''] = keyOf(index).split('/')
  const [clusterIP, ports] = [vipOf(index), [{ port: 80, targetPort: 8080 }]]
  const spec = { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ports }
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec }
}

export const sliceObject = (index: number, endpoints: readonly Endpoint[]): JsonObject => {
  const [namespace = '', name = ''] = keyOf(index).split('/')
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map(({ address, nodeName }) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName,
    })),
  }
}
