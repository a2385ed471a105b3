/** What an attachment looks like once made: one shape for all specification versions, that of 1.1.0. */
import type { IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'

export interface Result<Network = Cidr> {
  readonly interfaces: readonly ResultInterface[]
  readonly ips: readonly ResultIp<Network>[]
  readonly routes: readonly ResultRoute<Network>[]
  readonly dns: Dns
  /**
   * Printed in the shape of 1.x under whatever version the config names, without conversion. The reference's loopback does so
   * for every explicit 0.x version, and runtimes have learnt to read it.
   */
  readonly unconverted?: true
  /** Comes from the config, in its version: nothing is converted, so that nothing can be missing for it. */
  readonly passedOn?: true
}

/** A result as somebody else wrote it: addresses and destinations may be missing, which Go prints as `<nil>`. */
export type WrittenResult = Result<Cidr | undefined>

export interface ResultInterface {
  readonly name: string
  readonly mac?: string
  readonly mtu?: number
  /** CNI_NETNS for an interface inside the container; absent on the host. */
  readonly sandbox?: string
  readonly socketPath?: string
  readonly pciID?: string
}

export interface ResultIp<Network = Cidr> {
  /** Position in `interfaces`; absent when unknown. */
  readonly interface?: number
  /** The address with its host bits and the subnet's prefix length. */
  readonly address: Network
  /** The family as another plugin named it (before 1.0.0), right or wrong; absent: that of the address. */
  readonly version?: string
  readonly gateway?: IpAddress
}

export interface ResultRoute<Network = Cidr> {
  readonly dst: Network
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
