/** A Service of a test with its slices: what a user and the control plane would write. */
import type { JsonObject } from '../../../api-server/objects.ts'
import { listAt, objectAt, textAt } from '../../../api-server/objects.ts'
import type { ScenePod } from './pods.ts'
import type { Scene } from './scene.ts'

/** An endpoint: a pod, with conditions and hints where they are not those of a ready pod. */
export interface EndpointParts {
  readonly pod: Pick<ScenePod, 'address' | 'address6' | 'node'>
  readonly conditions?: JsonObject
  readonly hints?: JsonObject
}

export type EndpointLike = ScenePod | EndpointParts

export interface ServiceParts {
  readonly spec?: JsonObject
  readonly labels?: JsonObject
  readonly annotations?: JsonObject
  readonly endpoints?: readonly EndpointLike[]
  /** The slices' ports; by default those of the Service that lead to port 8080 of pods. */
  readonly slicePorts?: readonly JsonObject[]
}

export interface ServiceHandle {
  readonly name: string
  /** The first cluster IP, as it is now. */
  readonly vip: string
  readonly vips: readonly string[]
  /** The NodePort of a port by name, as it is now. */
  nodePort(name?: string): number
  /** The whole object, as it is now. */
  object(): JsonObject
  /** A strategic merge patch, or a JSON merge patch, which replaces lists. */
  patch(change: JsonObject, type?: 'strategic-merge' | 'merge'): Promise<void>
  /** Sets status.loadBalancer.ingress, as a cloud provider does. */
  balance(ingress: readonly JsonObject[]): Promise<void>
  /** Has its slices hold these endpoints. */
  endpoints(endpoints: readonly EndpointLike[], ports?: readonly JsonObject[]): Promise<void>
  /** Writes one more slice, or another text of it. */
  slice(suffix: string, ports: readonly JsonObject[], endpoints: readonly EndpointLike[]): Promise<void>
  remove(): Promise<void>
}

export const TCP = { name: 'tcp', protocol: 'TCP', port: 80, targetPort: 8080 } as const
export const UDP = { name: 'udp', protocol: 'UDP', port: 80, targetPort: 8080 } as const
export const TERMINATING: JsonObject = { ready: false, serving: true, terminating: true }
export const UNREADY: JsonObject = { ready: false, serving: false, terminating: false }

const FAMILIES = { IPv4: 'address', IPv6: 'address6' } as const

/**
 * Creates a Service and its slices: a TCP port 80 that leads to port 8080 of the pods, unless said otherwise. The slices come first, so that
 * a proxy has one thing to do and not two; what a test does not remove stays, because removing costs the emulated machine as much.
 */
export const makeService = async ({ api }: Scene, name: string, parts: ServiceParts = {}): Promise<ServiceHandle> => {
  const { spec = {}, labels = {}, annotations = {}, endpoints = [], slicePorts } = parts
  const { client } = api
  const reference = { apiVersion: 'v1', kind: 'Service', name }
  const slices = new Set<string>()
  const manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name, labels, annotations }, spec: { ports: [TCP], ...spec } }
  let object: JsonObject = manifest
  let present = true
  const specNow = (): JsonObject => objectAt(object.spec)
  const remove = async (): Promise<void> => {
    if (!present) return
    present = false
    await client.remove(reference)
    for (const slice of slices) await client.remove({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: slice })
  }
  const writeSlices = async (suffix: string, ports: readonly JsonObject[], endpoints: readonly EndpointLike[]): Promise<void> => {
    for (const family of familiesOf(specNow())) {
      const slice = sliceOf({ name: `${name}${suffix}-${family.toLowerCase()}`, service: name, family, ports, endpoints })
      if (slices.has(slice.metadata.name)) await client.update(slice)
      else await client.create(slice)
      slices.add(slice.metadata.name)
    }
  }
  const setEndpoints: ServiceHandle['endpoints'] = (wanted, ports = slicePorts ?? podPorts(specNow())) => writeSlices('', ports, wanted)
  await setEndpoints(endpoints)
  object = await client.create(manifest)
  return {
    name,
    get vip() {
      return textAt(specNow().clusterIP)
    },
    get vips() {
      return listAt(specNow().clusterIPs).map(textAt)
    },
    nodePort: (port = 'tcp') => Number(portNamed(specNow(), port).nodePort),
    object: () => object,
    patch: async (change, type = 'strategic-merge') => {
      object = await client.patch(reference, change, type)
    },
    balance: async (ingress) => {
      object = await client.patchStatus(reference, { loadBalancer: { ingress } })
    },
    endpoints: setEndpoints,
    slice: (suffix, ports, endpoints) => writeSlices(`-${suffix}`, ports, endpoints),
    remove,
  }
}

const portNamed = (spec: JsonObject, name: string): JsonObject => objectAt(listAt(spec.ports).find((port) => objectAt(port).name === name))

const familiesOf = ({ ipFamilies }: JsonObject): ('IPv4' | 'IPv6')[] => {
  const families = listAt(ipFamilies).filter((family) => family === 'IPv4' || family === 'IPv6')
  return families.length > 0 ? families : ['IPv4']
}

const podPorts = ({ ports }: JsonObject): JsonObject[] =>
  listAt(ports).map((port) => {
    const { name = '', protocol = 'TCP', targetPort = 8080 } = objectAt(port)
    return { name, protocol, port: targetPort }
  })

interface SliceParts {
  readonly name: string
  readonly service: string
  readonly family: 'IPv4' | 'IPv6'
  readonly ports: readonly JsonObject[]
  readonly endpoints: readonly EndpointLike[]
}

const sliceOf = ({ name, service, family, ports, endpoints }: SliceParts) => {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': service } },
    addressType: family,
    ports,
    endpoints: endpoints.map((endpoint) => {
      const { pod, conditions = { ready: true, serving: true, terminating: false }, hints } = partsOf(endpoint)
      return { addresses: [pod[FAMILIES[family]]], nodeName: pod.node.name, conditions, ...(hints === undefined ? {} : { hints }) }
    }),
  }
}

const partsOf = (endpoint: EndpointLike): EndpointParts => ('pod' in endpoint ? endpoint : { pod: endpoint })
