/** A core/v1 Service, reduced to what the proxy uses. */
import type { IpAddress } from '#net/address.ts'
import type { Service, ServicePort, TrafficPolicy } from '../services/types.ts'
import { addressOf, type Fields, fieldsOf, listOf, ObjectError, portOf, protocolOf, type Report, shared, shown, textOf } from './fields.ts'
import { namespacedIdentity } from './identity.ts'
import { schedulingOf } from './scheduling.ts'

/** Objects with these labels are somebody else's (KEP-2447) or have no virtual address, whatever else they say. */
const FOREIGN_LABELS = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']
const LOCAL_ANNOTATION = 'kube-router.io/service.local'
/** Kubernetes' default and limit (core/v1 ClientIPConfig). */
const AFFINITY_SECONDS = 10_800
const AFFINITY_LIMIT = 86_400

/**
 * The Service, or undefined for one that a proxy has nothing to do for: headless, ExternalName, without an address, foreign.
 * @param report takes what is odd but does not stop us
 * @throws ObjectError when it must not be used as it is: a wrong name, address or port
 */
export const reduceService = (raw: unknown, report: Report): Service | undefined => {
  const { key, labels, annotations } = namespacedIdentity(raw)
  const spec = fieldsOf(fieldsOf(raw).spec)
  if (spec.type === 'ExternalName' || isForeign(labels)) return undefined
  const clusterIps = clusterIpsOf(spec)
  if (clusterIps.length === 0) return undefined
  return {
    key,
    uid: '',
    createdAt: 0,
    clusterIps,
    externalIps: [],
    loadBalancerIps: [],
    sourceRanges: undefined,
    healthCheckNodePort: 0,
    notices: [],
    ports: portsOf(spec, report),
    ...schedulingOf(annotations, report),
    affinitySeconds: affinityOf(spec, report),
    ...policiesOf(spec, annotations),
  }
}

/** Whether a label says that another proxy, or none, serves this object. */
export const isForeign = (labels: Fields): boolean => FOREIGN_LABELS.some((label) => Object.hasOwn(labels, label))

/** clusterIP and clusterIPs together, each address once; `None` and empty texts are no addresses. */
const clusterIpsOf = ({ clusterIP, clusterIPs }: Fields): IpAddress[] => {
  const texts = [clusterIP, ...listOf(clusterIPs)].filter((text) => text !== undefined && text !== null && text !== '' && text !== 'None')
  const addresses = texts.map((text) => {
    const address = addressOf(text)
    if (address === undefined) throw new ObjectError(`spec.clusterIPs: ${shown(text)} is not an IP address`)
    return address
  })
  return [...new Set(addresses)]
}

const portsOf = (spec: Fields, report: Report): ServicePort[] => {
  const exposed = spec.type === 'NodePort' || spec.type === 'LoadBalancer'
  return listOf(spec.ports).flatMap((value, index) => {
    const fields = fieldsOf(value)
    const protocol = protocolOf(fields.protocol)
    if (protocol === undefined) {
      report(`spec.ports[${index}].protocol: ${shown(fields.protocol)} is none of TCP, UDP, SCTP; the port is left out`)
      return []
    }
    const port = requiredPort(`spec.ports[${index}].port`, fields.port)
    const nodePort = exposed && fields.nodePort ? requiredPort(`spec.ports[${index}].nodePort`, fields.nodePort) : 0
    return [{ name: shared(textOf(fields.name)), protocol, port, nodePort }]
  })
}

const requiredPort = (field: string, value: unknown): number => {
  const port = portOf(value)
  if (port === undefined) throw new ObjectError(`${field}: ${shown(value)} is not a port (1 to 65535)`)
  return port
}

const affinityOf = ({ sessionAffinity, sessionAffinityConfig }: Fields, report: Report): number => {
  if (sessionAffinity !== 'ClientIP') return 0
  const { timeoutSeconds } = fieldsOf(fieldsOf(sessionAffinityConfig).clientIP)
  if (timeoutSeconds === undefined || timeoutSeconds === null) return AFFINITY_SECONDS
  if (typeof timeoutSeconds === 'number' && Number.isInteger(timeoutSeconds) && timeoutSeconds > 0 && timeoutSeconds <= AFFINITY_LIMIT) {
    return timeoutSeconds
  }
  report(
    `spec.sessionAffinityConfig.clientIP.timeoutSeconds: ${shown(timeoutSeconds)} is not 1 to ${AFFINITY_LIMIT}; ${AFFINITY_SECONDS} is used`,
  )
  return AFFINITY_SECONDS
}

/** kube-router.io/service.local makes the outside Local and leaves the inside alone, as kube-router has done since 2.3. */
const policiesOf = (spec: Fields, annotations: Fields): Pick<Service, 'internalTrafficPolicy' | 'externalTrafficPolicy'> =>
  annotations[LOCAL_ANNOTATION] === 'true'
    ? { internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Local' }
    : { internalTrafficPolicy: policyOf(spec.internalTrafficPolicy), externalTrafficPolicy: policyOf(spec.externalTrafficPolicy) }

const policyOf = (value: unknown): TrafficPolicy => (value === 'Local' ? 'Local' : 'Cluster')
