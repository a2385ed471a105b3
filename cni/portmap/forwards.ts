/** Which mappings concern which address family. */
import { type Family, familyOf, type IpAddress, parseAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { PortMapping, PortmapConfig } from './config.ts'

/** A port of the host that leads to a port of the container. */
export interface Forward {
  readonly protocol: string
  readonly hostPort: number
  readonly containerPort: number
  /** Only packets to this address of the host; absent: to any. */
  readonly hostAddress?: IpAddress
}

/** One attachment's mappings in one family. */
export interface FamilyForwards {
  readonly family: Family
  readonly container: Cidr
  readonly forwards: readonly Forward[]
}

/** The families in which the container has an address, IPv4 first; without forwards when every mapping is of the other family. */
export const forwardsByFamily = ({ container, mappings }: PortmapConfig): FamilyForwards[] => {
  const families = [4, 6] as const
  return families.flatMap((family) => {
    const address = container[family]
    return address === undefined ? [] : [{ family, container: address, forwards: mappings.flatMap((each) => forwardOf(each, family)) }]
  })
}

/** An unspecified address (`0.0.0.0`, `::`) means every address, but of its own family only. What is no address counts as IPv6. */
const forwardOf = ({ protocol, hostPort, containerPort, hostIP }: PortMapping, family: Family): Forward[] => {
  const forward = { protocol, hostPort, containerPort }
  if (hostIP === '') return [forward]
  const address = parseAddress(hostIP)
  if (address === undefined || familyOf(address) !== family) return []
  return address === '0.0.0.0' || address === '::' ? [forward] : [{ ...forward, hostAddress: address }]
}
