/** A core/v1 Service, reduced to what the proxy uses. */
import { warning } from '../services/notice.ts'
import { type Service, type ServiceNotice, type ServicePort, type TrafficPolicy, UNKNOWN_TIME } from '../services/types.ts'
import { type Fields, fieldsOf, isFields, listOf, ObjectError, portOf, protocolOf, type Report, shared, shown, textOf } from './fields.ts'
import { namespacedIdentity } from './identity.ts'
import { schedulingOf } from './scheduling.ts'
import { clusterIpsOf, externalIpsOf, loadBalancerIpsOf } from './service-addresses.ts'
import { sourceRangesOf } from './source-ranges.ts'

const PROXY_LABEL = 'service.kubernetes.io/service-proxy-name'
const HEADLESS_LABEL = 'service.kubernetes.io/headless'
/** The proxy whose Services are ours: we take its place, and where we run it does not. */
const OUR_PROXY_NAME = 'kube-router'
const LOCAL_ANNOTATION = 'kube-router.io/service.local'
const DSR_ANNOTATION = 'kube-router.io/service.dsr'
/** The beginning of an RFC 3339 time; Date.parse alone takes `7` for a month. */
const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/
/** Kubernetes' default and limit (core/v1 ClientIPConfig). */
const AFFINITY_SECONDS = 10_800
const AFFINITY_LIMIT = 86_400

/**
 * The Service, or undefined for one that a proxy has nothing to do for: headless, ExternalName, without an address, foreign.
 * @param report takes what is odd but does not stop us
 * @throws ObjectError when it must not be used as it is: no spec, a wrong name, address or port
 */
export const reduceService = (raw: unknown, report: Report): Service | undefined => {
  const { key, labels, annotations } = namespacedIdentity(raw)
  const { metadata, spec } = fieldsOf(raw)
  if (!isFields(spec)) throw new ObjectError(`spec: ${shown(spec)} is not a map`)
  if (spec.type === 'ExternalName' || isForeign(labels)) return undefined
  const clusterIps = clusterIpsOf(spec)
  if (clusterIps.length === 0) return undefined
  const policies = policiesOf(spec, annotations)
  const external = externalIpsOf(spec)
  const balancer = loadBalancerIpsOf(fieldsOf(raw), { type: spec.type, annotations })
  const sources = sourceRangesOf(spec.loadBalancerSourceRanges)
  const { scheduler, schedulerFlags, notices } = schedulingOf(annotations)
  return {
    key,
    ...originOf(fieldsOf(metadata)),
    clusterIps,
    externalIps: external.externalIps,
    loadBalancerIps: balancer.loadBalancerIps,
    sourceRanges: sources.sourceRanges,
    healthCheckNodePort: healthPortOf(spec, { policy: policies.externalTrafficPolicy, report }),
    ports: portsOf(spec, report),
    scheduler,
    schedulerFlags,
    affinitySeconds: affinityOf(spec, report),
    ...policies,
    notices: [...external.notices, ...balancer.notices, ...sources.notices, ...notices, ...dsrNotices(annotations)],
  }
}

/** Whether a label says that another proxy (KEP-2447), or none, serves this object. */
export const isForeign = (labels: Fields): boolean =>
  Object.hasOwn(labels, HEADLESS_LABEL) || (Object.hasOwn(labels, PROXY_LABEL) && labels[PROXY_LABEL] !== OUR_PROXY_NAME)

const originOf = ({ uid, creationTimestamp }: Fields): Pick<Service, 'uid' | 'createdAt'> => {
  const createdAt = TIME.test(textOf(creationTimestamp)) ? Date.parse(textOf(creationTimestamp)) : Number.NaN
  return { uid: /^[\w-]{1,128}$/.test(textOf(uid)) ? textOf(uid) : '', createdAt: Number.isNaN(createdAt) ? UNKNOWN_TIME : createdAt }
}

/** Only load balancers with policy Local ask each node for its health (core/v1 ServiceSpec). */
const healthPortOf = (
  { type, healthCheckNodePort }: Fields,
  { policy, report }: { readonly policy: TrafficPolicy; readonly report: Report },
): number => {
  if (type !== 'LoadBalancer' || policy !== 'Local' || !healthCheckNodePort) return 0
  const port = portOf(healthCheckNodePort)
  if (port === undefined)
    report(`spec.healthCheckNodePort: ${shown(healthCheckNodePort)} is not a port (1 to 65535); there is no health check`)
  return port ?? 0
}

/** Tunnels into pods need their runtime's socket and namespaces; the annotation must not take a Service away that works without. */
const dsrNotices = (annotations: Fields): ServiceNotice[] =>
  Object.hasOwn(annotations, DSR_ANNOTATION)
    ? [
        warning(
          'DirectServerReturnNotSupported',
          `annotation ${DSR_ANNOTATION}: direct server return is not supported; the Service is served by address translation`,
        ),
      ]
    : []

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
