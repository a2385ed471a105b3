/** Kubernetes' side, reduced at the door to what the proxy uses. Small, immutable, comparable values. */
import type { Family, IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { Protocol } from '#net/protocol.ts'

/** `namespace/name`; neither part can hold a slash. */
export type ServiceKey = string

export interface ServicePort {
  /** Empty for a service's only port. */
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
  /** 0 when there is none. */
  readonly nodePort: number
}

/** A Service that has cluster IPs; headless and ExternalName Services are reduced to nothing. */
export interface Service {
  readonly key: ServiceKey
  /** metadata.uid, which Events refer to; empty when there is none. */
  readonly uid: string
  /** Milliseconds since the epoch; of two Services that claim one address and port the older one has it. Without a legal time: UNKNOWN_TIME. */
  readonly createdAt: number
  readonly clusterIps: readonly IpAddress[]
  readonly externalIps: readonly IpAddress[]
  /** Addresses of the load balancer that packets still carry when they get here: ipMode VIP or none. */
  readonly loadBalancerIps: readonly IpAddress[]
  /** Whom the load balancer's addresses serve, none of the networks inside another; empty = nobody, undefined = everybody. */
  readonly sourceRanges: readonly Cidr[] | undefined
  /** 0 when there is none; only load balancers with policy Local have one. */
  readonly healthCheckNodePort: number
  readonly ports: readonly ServicePort[]
  readonly scheduler: string
  /** IP_VS_SVC_F_SCHED bits. */
  readonly schedulerFlags: number
  /** ClientIP session affinity in seconds; 0 = none. */
  readonly affinitySeconds: number
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
  /** What of the object cannot be obeyed. */
  readonly notices: readonly ServiceNotice[]
}

export type TrafficPolicy = 'Cluster' | 'Local'

/** createdAt of a Service whose age is unknown: it counts as the youngest. */
export const UNKNOWN_TIME = Number.MAX_SAFE_INTEGER

/** Something that a Service asks for and does not get, for its owner: a log line and an Event. */
export interface ServiceNotice {
  /** Type of the Event: `Normal` is for what somebody may have meant so. */
  readonly type: 'Normal' | 'Warning'
  readonly reason: NoticeReason
  /** One sentence, without a full stop: what, why, and what is done instead. */
  readonly message: string
}

/** Reasons as Events have them: one word in upper camel case. */
export type NoticeReason =
  | 'DirectServerReturnNotSupported'
  | 'InvalidAddress'
  | 'InvalidAnnotation'
  | 'InvalidSourceRange'
  | 'ExternalAddressRefused'
  | 'AddressOfNode'
  | 'AddressInUse'
  | 'OutOfMarks'
  | 'SchedulerMissing'
  | 'TooManyAddresses'
  | 'HealthCheckNodePortUnavailable'

export interface Endpoint {
  readonly address: IpAddress
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** Empty when unknown. */
  readonly nodeName: string
  /** hints.forNodes and hints.forZones; empty = none. */
  readonly forNodes: readonly string[]
  readonly forZones: readonly string[]
}

export interface EndpointPort {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
}

/** One EndpointSlice of a Service. */
export interface EndpointSlice {
  /** `namespace/name` of the slice. */
  readonly key: string
  readonly service: ServiceKey
  readonly family: Family
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
  /** When the endpoints changed at their source: milliseconds since the epoch (endpoints.kubernetes.io/last-change-trigger-time), or undefined. */
  readonly triggeredAt?: number
}

/** The Node this proxy runs on. */
export interface Node {
  readonly name: string
  /** InternalIPs, then ExternalIPs, in status order. */
  readonly addresses: readonly IpAddress[]
  readonly podCidrs: readonly Cidr[]
  /** Label topology.kubernetes.io/zone; empty when there is none. */
  readonly zone: string
  /** It has a deletion time: no load balancer should send anything here any more. */
  readonly deleting: boolean
  /** It carries the taint ToBeDeletedByClusterAutoscaler. */
  readonly taintedForDeletion: boolean
}

/** What a watcher broadcasts: a changed object, or `undefined` for one that is gone. */
export type ClusterEvent =
  | { readonly kind: 'service'; readonly key: ServiceKey; readonly value: Service | undefined }
  | { readonly kind: 'slice'; readonly key: string; readonly value: EndpointSlice | undefined }
  | { readonly kind: 'node'; readonly key: string; readonly value: Node | undefined }
