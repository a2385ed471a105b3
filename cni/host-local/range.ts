/** A range of addresses that pods get theirs from, with its defaults filled in. */
import { ADDRESS_BITS, addressNumber, addressOfNumber, type Family, familyOf, type IpAddress } from '#net/address.ts'
import { type Cidr, contains, formatCidr, networkOf } from '#net/cidr.ts'

/** A subnet as the config has it. */
export interface Subnet extends Cidr {
  /** An IPv4 address written as IPv6, `::ffff:10.0.0.0/120`. */
  readonly mixed?: true
}

/** A range as the config has it. */
export interface RangeConfig {
  readonly subnet?: Subnet | undefined
  readonly rangeStart?: IpAddress | undefined
  readonly rangeEnd?: IpAddress | undefined
  readonly gateway?: IpAddress | undefined
}

export interface Range {
  readonly family: Family
  readonly subnet: Cidr
  /** First and last address to give, both inside the subnet. */
  readonly first: bigint
  readonly last: bigint
  /** Never given. Need not lie in the subnet. */
  readonly gateway: IpAddress
}

/**
 * Fills in the defaults: the gateway and the start are the first address, the end the last one (IPv4: before the broadcast address).
 * @throws Error with the reference's sentence
 */
export const completeRange = ({ subnet, rangeStart, rangeEnd, gateway }: RangeConfig): Range => {
  if (subnet === undefined) throw new Error('IP <nil> not v4 nor v6')
  const family = familyOf(subnet.address)
  checkSubnet(subnet, family)
  const network = addressNumber(subnet.address)
  const end = rangeEnd === undefined ? lastOf(subnet, family) : addressNumber(rangeEnd)
  const start = rangeStart === undefined ? network + 1n : addressNumber(rangeStart)
  const outside = (name: string, address: IpAddress): Error => new Error(`${name} ${address} not in network ${formatCidr(subnet)}`)
  if (rangeStart !== undefined && !(contains(subnet, rangeStart) && (rangeEnd === undefined || start <= end))) {
    throw outside('RangeStart', rangeStart)
  }
  if (rangeEnd !== undefined && !(contains(subnet, rangeEnd) && start <= end)) throw outside('RangeEnd', rangeEnd)
  return { family, subnet, first: start, last: end, gateway: gateway ?? addressOfNumber(network + 1n, family) }
}

const checkSubnet = (subnet: Subnet, family: Family): void => {
  if (subnet.prefixLength > ADDRESS_BITS[family] - 2) throw new Error(`Network ${formatCidr(subnet)} too small to allocate from`)
  if (subnet.mixed) throw new Error('IPNet IP and Mask version mismatch')
  const { address } = networkOf(subnet)
  if (address === subnet.address) return
  throw new Error(`Network has host bits set. For a subnet mask of length ${subnet.prefixLength} the network address is ${address}`)
}

const lastOf = ({ address, prefixLength }: Cidr, family: Family): bigint => {
  const size = 1n << BigInt(ADDRESS_BITS[family] - prefixLength)
  return addressNumber(address) + size - (family === 4 ? 2n : 1n)
}

/** Whether an address may be given from this range. */
export const rangeHolds = ({ family, first, last }: Range, address: IpAddress): boolean => {
  if (familyOf(address) !== family) return false
  const number = addressNumber(address)
  return number >= first && number <= last
}

/** `10.0.0.1-10.0.0.254`. */
export const formatRange = ({ family, first, last }: Range): string => `${addressOfNumber(first, family)}-${addressOfNumber(last, family)}`

/** Whether two ranges share an address. */
export const rangesOverlap = (one: Range, other: Range): boolean =>
  one.family === other.family && one.first <= other.last && other.first <= one.last
