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
  readonly clusterIps: readonly IpAddress[]
  readonly ports: readonly ServicePort[]
  readonly scheduler: string
  /** IP_VS_SVC_F_SCHED bits. */
  readonly schedulerFlags: number
  /** ClientIP session affinity in seconds; 0 = none. */
  readonly affinitySeconds: number
  readonly internalTrafficPolicy: TrafficPolicy
  readonly externalTrafficPolicy: TrafficPolicy
}

export type TrafficPolicy = 'Cluster' | 'Local'

export interface Endpoint {
  readonly address: IpAddress
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** Empty when unknown. */
  readonly nodeName: string
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
}

/** What a watcher broadcasts: a changed object, or `undefined` for one that is gone. */
export type ClusterEvent =
  | { readonly kind: 'service'; readonly key: ServiceKey; readonly value: Service | undefined }
  | { readonly kind: 'slice'; readonly key: string; readonly value: EndpointSlice | undefined }
  | { readonly kind: 'node'; readonly key: string; readonly value: Node | undefined }
