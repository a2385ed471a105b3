/** What the API server fills in: allocated addresses and ports of Services, and the defaults that clients rely on. */
import type { Allocations } from './allocations.ts'
import { isObject, type JsonObject, listAt, objectAt, textAt } from './objects.ts'
import { invalid } from './status.ts'

/** An object of `kind` with its defaults. @throws ApiError 422 when it asks for what another one holds */
export const withDefaults = (kind: string, object: JsonObject, allocations: Allocations): JsonObject => {
  if (kind === 'Service') return { ...object, spec: serviceSpec(objectAt(object.spec), allocations) }
  if (kind === 'EndpointSlice') return { ...object, ports: portsOf(object).map((port) => ({ name: '', protocol: 'TCP', ...port })) }
  if (kind === 'Namespace') return { ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
  return object
}

/** An update that leaves out what was allocated keeps it. @throws ApiError 422 when it changes what is immutable */
export const carriedOver = (kind: string, update: JsonObject, before: JsonObject): JsonObject => {
  if (kind === 'EndpointSlice' && update.addressType !== before.addressType) {
    throw invalid('addressType', 'field is immutable')
  }
  if (kind !== 'Service') return update
  const spec = objectAt(update.spec)
  const old = objectAt(before.spec)
  if ([spec, old].some((each) => each.type === 'ExternalName')) return update
  const clusterIP = spec.clusterIP ?? old.clusterIP ?? ''
  if (clusterIP !== (old.clusterIP ?? '')) throw invalid('spec.clusterIP', 'field is immutable')
  const clusterIPs = spec.clusterIPs ?? old.clusterIPs ?? []
  return { ...update, spec: { ...spec, clusterIP, clusterIPs, ports: portsOf(spec).map((port) => withOldNodePort(port, portsOf(old))) } }
}

const serviceSpec = (given: JsonObject, allocations: Allocations): JsonObject => {
  const type = textAt(given.type) || 'ClusterIP'
  const base = { sessionAffinity: 'None', ...given, type }
  if (type === 'ExternalName') return base
  const exposed = type === 'NodePort' || type === 'LoadBalancer'
  const ports = portsOf(given).map((port) => ({ protocol: 'TCP', targetPort: port.port ?? 0, ...port }))
  return {
    internalTrafficPolicy: 'Cluster',
    ...(exposed && { externalTrafficPolicy: 'Cluster' }),
    ...(given.sessionAffinity === 'ClientIP' && { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } }),
    ...base,
    ...clusterIps(given, allocations),
    ports: exposed ? withNodePorts(ports, allocations, given.allocateLoadBalancerNodePorts !== false) : ports.map(withoutNodePort),
  }
}

const clusterIps = (spec: JsonObject, allocations: Allocations): JsonObject => {
  const listed = listAt(spec.clusterIPs).map(textAt)
  const given = listed.length > 0 ? listed : [textAt(spec.clusterIP)].filter((address) => address !== '')
  for (const address of given) allocations.checkAddress(address)
  const addresses = given.length > 0 ? given : familiesOf(spec).map((family) => allocations.freeAddress(family))
  const ipFamilies = spec.ipFamilies ?? addresses.map((address) => (address.includes(':') ? 'IPv6' : 'IPv4'))
  return { clusterIP: addresses[0] ?? '', clusterIPs: addresses, ipFamilies, ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack' }
}

const familiesOf = (spec: JsonObject): string[] => {
  const families = listAt(spec.ipFamilies).map(textAt)
  if (families.length > 0) return families
  return ['PreferDualStack', 'RequireDualStack'].includes(textAt(spec.ipFamilyPolicy)) ? ['IPv4', 'IPv6'] : ['IPv4']
}

/** @param every whether ports that ask for none get one too (spec.allocateLoadBalancerNodePorts) */
const withNodePorts = (ports: readonly JsonObject[], allocations: Allocations, every: boolean): JsonObject[] => {
  const own = new Set<number>()
  return ports.map((port) => {
    const given = Number(port.nodePort ?? 0)
    if (given !== 0) allocations.checkPort(given)
    else if (!every) return port
    const nodePort = given || allocations.freePort(own)
    own.add(nodePort)
    return { ...port, nodePort }
  })
}

const withOldNodePort = (port: JsonObject, old: readonly JsonObject[]): JsonObject => {
  const same = old.find((each) => each.port === port.port && each.protocol === (port.protocol ?? 'TCP'))
  return same?.nodePort === undefined ? port : { nodePort: same.nodePort, ...port }
}

const withoutNodePort = ({ nodePort: _nodePort, ...port }: JsonObject): JsonObject => port

const portsOf = (holder: JsonObject): JsonObject[] => listAt(holder.ports).filter(isObject)
