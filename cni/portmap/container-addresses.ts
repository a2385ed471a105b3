/** The addresses that host ports are mapped to. */
import { type Family, familyOf } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import type { WrittenResult } from '../protocol/result.ts'

export type ContainerAddresses = Readonly<Partial<Record<Family, Cidr>>>

/** The first address of each family in the previous plugin's result, leaving out those of the host's own interfaces. */
export const containerAddresses = (previous: WrittenResult | undefined, ifname: string): ContainerAddresses => {
  const found: Partial<Record<Family, Cidr>> = {}
  for (const ip of previous?.ips ?? []) {
    if (ip.address === undefined || (previous !== undefined && isElsewhere(previous, ip, ifname))) continue
    found[familyOf(ip.address.address)] ??= ip.address
  }
  return found
}

/** Known to belong to another interface than the container's; an address without a valid index may be the container's. */
const isElsewhere = ({ interfaces }: WrittenResult, ip: WrittenResult['ips'][number], ifname: string): boolean => {
  const owner = ip.interface === undefined ? undefined : interfaces[ip.interface]
  return owner !== undefined && (owner.name !== ifname || owner.sandbox === undefined)
}
