/** IPVS in its own words: virtual servers and their destinations. @see include/uapi/linux/ip_vs.h */

import type { Family, IpAddress } from '#net/address.ts'
import type { Protocol } from '#net/protocol.ts'
import type { ServerTraffic } from './traffic.ts'

/** A virtual server that takes what is sent to `protocol address:port`. */
export interface AddressServerId {
  readonly protocol: Protocol
  readonly address: IpAddress
  readonly port: number
}

/** A virtual server that takes every packet of one family that carries a mark, whatever it is sent to; it goes before the address's own. */
export interface MarkServerId {
  /** 1..2^32-1; the kernel takes 0 for "no mark". */
  readonly fwmark: number
  readonly family: Family
}

/** What identifies a virtual server. */
export type VirtualServerId = AddressServerId | MarkServerId

/** A virtual server's settings. Persistence netmask is always one client: 255.255.255.255, or 128 bits. */
export interface ServerSettings {
  /** Kernel name of the scheduler: rr, wrr, lc, wlc, sh, dh, mh, sed, nq. */
  readonly scheduler: string
  /** IP_VS_SVC_F_SCHED1..3: 0x8, 0x10, 0x20. */
  readonly schedulerFlags: number
  /** Seconds a client stays with its destination; 0 = no persistence. */
  readonly persistenceSeconds: number
  /** Seconds that the kernel keeps for a server without persistence and uses for nothing: room for a note of its maker's. Absent = 0. */
  readonly spareSeconds?: number
}

export type VirtualServer = VirtualServerId & ServerSettings

/** A destination of a virtual server; forwarding is always masquerading (NAT). */
export interface Destination {
  readonly address: IpAddress
  readonly port: number
  /** 0 = no new connections. */
  readonly weight: number
}

/** A destination as the kernel reports it. */
export interface ObservedDestination extends Destination {
  readonly activeConnections: number
  readonly inactiveConnections: number
  /** False when somebody else changed the forwarding method (tunnel, direct routing); setDestination repairs it. */
  readonly masquerading: boolean
}

/** 64-bit counters (IPVS_SVC_ATTR_STATS64). Rates are per second. The kernel adds them up every two seconds: they lag by as much. */
export interface IpvsStats {
  readonly connections: bigint
  readonly packetsIn: bigint
  readonly packetsOut: bigint
  readonly bytesIn: bigint
  readonly bytesOut: bigint
  readonly connectionRate: bigint
  readonly packetRateIn: bigint
  readonly packetRateOut: bigint
  readonly byteRateIn: bigint
  readonly byteRateOut: bigint
}

/** `schedulerFlags` holds here every flag that is not persistence, so that a stranger's `one packet` (0x4) shows as a difference. */
export type ObservedVirtualServer = VirtualServer & {
  readonly stats: IpvsStats
  /** What the kernel holds as persistence netmask: prefix length in bits. */
  readonly persistencePrefix: number
}

/** One change, as data. */
export type IpvsOperation =
  | { readonly verb: 'addServer' | 'setServer'; readonly server: VirtualServer }
  | { readonly verb: 'deleteServer'; readonly server: VirtualServerId }
  | { readonly verb: 'addDestination' | 'setDestination'; readonly server: VirtualServerId; readonly destination: Destination }
  | {
      readonly verb: 'deleteDestination'
      readonly server: VirtualServerId
      readonly destination: { readonly address: IpAddress; readonly port: number }
    }

/** Connection timeouts in seconds; 0 leaves a value as it is. */
export interface IpvsTimeouts {
  readonly tcp: number
  readonly tcpFin: number
  readonly udp: number
}

/** IPVS of one network namespace. Synchronous; throws KernelError. */
export interface Ipvs {
  /** Carries out changes in order, batched; outcomes in order, undefined = acknowledged. One failing does not stop the others. */
  apply(operations: readonly IpvsOperation[]): (Error | undefined)[]
  /** All virtual servers with 64-bit counters (netlink dump). */
  servers(): ObservedVirtualServer[]
  /** The counters of all virtual servers, in one dump, some ten times as fast as `servers`. While others add or remove servers one may be repeated. */
  traffic(): ServerTraffic[]
  /** A server's destinations (netlink dump; empty for an unknown server). */
  destinations(server: VirtualServerId): ObservedDestination[]
  timeouts(): IpvsTimeouts
  setTimeouts(timeouts: IpvsTimeouts): void
  /** Netlink messages and datagrams sent so far. */
  readonly counters: { readonly messages: number; readonly datagrams: number }
  close(): void
}
