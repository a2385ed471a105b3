/** Events as Kubernetes has them (core/v1), from notices about Services. Pure. */
import type { NoticeReason, ServiceKey, ServiceNotice } from '../services/types.ts'

/** What an Event is about. */
export interface ServiceReference {
  readonly key: ServiceKey
  /** metadata.uid; `kubectl describe` asks for it. Empty when there is none. */
  readonly uid: string
}

/** How often it happened, and when; milliseconds since the epoch. */
export interface Occurrence {
  readonly count: number
  readonly first: number
  readonly last: number
}

export interface EventFacts extends Occurrence {
  readonly service: ServiceReference
  readonly notice: ServiceNotice
  /** Name of the Node whose proxy says so. */
  readonly node: string
}

/** Reasons that are about one node: each node has an Event of its own. All others are the same everywhere, and share one. */
const OF_ONE_NODE: ReadonlySet<NoticeReason> = new Set<NoticeReason>(['HealthCheckNodePortUnavailable', 'OutOfMarks', 'SchedulerMissing'])

/** The same for the same Service and reason, also after a restart: a second Event about it is never made. */
export const eventName = ({ service: { key, uid }, notice: { reason }, node }: EventFacts): string => {
  const identity = `${uid} ${key} ${reason}${OF_ONE_NODE.has(reason) ? ` ${node}` : ''}`
  const [name] = nameAndNamespace(key)
  // Names may have 253 characters; a Service's has at most 63.
  return `${name}.${fnv1a64(identity)}`
}

export const eventNamespace = (key: ServiceKey): string => nameAndNamespace(key)[1]

const COMPONENT = 'selvedge-proxy'

/** The API server refuses longer ones (core/v1 validation). */
const MESSAGE_CHARACTERS = 1_024

/** The Event to create. */
export const eventObject = (facts: EventFacts): Readonly<Record<string, unknown>> => {
  const { service, notice, node } = facts
  const [name, namespace] = nameAndNamespace(service.key)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName(facts), namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace, name, ...(service.uid === '' ? {} : { uid: service.uid }) },
    reason: notice.reason,
    type: notice.type,
    source: { component: COMPONENT, host: node },
    reportingComponent: COMPONENT,
    reportingInstance: node,
    firstTimestamp: timestamp(facts.first),
    ...eventPatch(facts),
  }
}

/** What changes about an Event when the same happens again. */
export const eventPatch = ({ notice, count, last }: EventFacts): Readonly<Record<string, unknown>> => ({
  message: notice.message.slice(0, MESSAGE_CHARACTERS),
  lastTimestamp: timestamp(last),
  count,
})

/** metav1.Time has whole seconds. */
const timestamp = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

const nameAndNamespace = (key: ServiceKey): [name: string, namespace: string] => {
  const slash = key.indexOf('/')
  return [key.slice(slash + 1), key.slice(0, slash)]
}

/** FNV-1a, 64 bits, in hexadecimal. @see draft-eastlake-fnv */
const fnv1a64 = (text: string): string => {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}
