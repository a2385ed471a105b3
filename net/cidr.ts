/** Addresses with a prefix length: `10.0.0.2/24` keeps its host bits; a network is one whose host bits are zero. */
import { ADDRESS_BITS, addressNumber, addressOfNumber, type Family, familyOf, type IpAddress, parseAddress } from './address.ts'

export interface Cidr {
  readonly address: IpAddress
  /** 0 to 32, or 0 to 128. */
  readonly prefixLength: number
}

/** Parses `10.0.0.2/24`, keeping the host bits; undefined when it is no CIDR (Go's net.ParseCIDR rules). */
export const parseCidr = (text: string): Cidr | undefined => {
  const slash = text.indexOf('/')
  const [addressText, lengthText] = [text.slice(0, slash), text.slice(slash + 1)]
  const address = slash < 0 ? undefined : parseAddress(addressText)
  if (address === undefined || !/^[0-9]+$/.test(lengthText)) return undefined
  const written = Number(lengthText)
  // The prefix of an IPv4-mapped text counts 128 bits.
  const prefixLength = addressText.includes(':') && familyOf(address) === 4 ? written - 96 : written
  return prefixLength < 0 || prefixLength > ADDRESS_BITS[familyOf(address)] ? undefined : { address, prefixLength }
}

export const formatCidr = ({ address, prefixLength }: Cidr): string => `${address}/${prefixLength}`

/** The network an address lies in: host bits cleared. */
export const networkOf = ({ address, prefixLength }: Cidr): Cidr => {
  const family = familyOf(address)
  const hostBits = BigInt(ADDRESS_BITS[family] - prefixLength)
  return { address: addressOfNumber((addressNumber(address) >> hostBits) << hostBits, family), prefixLength }
}

/** Whether `address` lies in `cidr`'s network; addresses of the other family never do. */
export const contains = (cidr: Cidr, address: IpAddress): boolean => {
  const family = familyOf(cidr.address)
  if (familyOf(address) !== family) return false
  const hostBits = BigInt(ADDRESS_BITS[family] - cidr.prefixLength)
  return addressNumber(address) >> hostBits === addressNumber(cidr.address) >> hostBits
}

/** Whether two networks share an address. */
export const overlap = (one: Cidr, other: Cidr): boolean => contains(one, other.address) || contains(other, one.address)

/** The netmask as an address: 24 bits of IPv4 give 255.255.255.0. */
export const netmaskOf = (prefixLength: number, family: Family): IpAddress => {
  const bits = BigInt(ADDRESS_BITS[family])
  const hostBits = bits - BigInt(prefixLength)
  return addressOfNumber((((1n << bits) - 1n) >> hostBits) << hostBits, family)
}
