/** What an attachment looks like once made: one shape for all specification versions, that of 1.1.0. */
import type { IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'

export interface Result {
  readonly interfaces: readonly ResultInterface[]
  readonly ips: readonly ResultIp[]
  readonly routes: readonly ResultRoute[]
  readonly dns: Dns
  /**
   * Printed in the shape of 1.x under whatever version the config names, without conversion. The reference's loopback does so
   * for every explicit 0.x version, and runtimes have learnt to read it.
   */
  readonly unconverted?: true
}

export interface ResultInterface {
  readonly name: string
  readonly mac?: string
  readonly mtu?: number
  /** CNI_NETNS for an interface inside the container; absent on the host. */
  readonly sandbox?: string
  readonly socketPath?: string
  readonly pciID?: string
}

export interface ResultIp {
  /** Position in `interfaces`; absent when unknown. */
  readonly interface?: number
  /** The address with its host bits and the subnet's prefix length. */
  readonly address: Cidr
  readonly gateway?: IpAddress
}

export interface ResultRoute {
  readonly dst: Cidr
  readonly gw?: IpAddress
  readonly mtu?: number
  readonly advmss?: number
  readonly priority?: number
  readonly table?: number
  readonly scope?: number
}

export interface Dns {
  readonly nameservers: readonly string[]
  readonly domain: string
  readonly search: readonly string[]
  readonly options: readonly string[]
}

export const EMPTY_DNS: Dns = { nameservers: [], domain: '', search: [], options: [] }
export const EMPTY_RESULT: Result = { interfaces: [], ips: [], routes: [], dns: EMPTY_DNS }
