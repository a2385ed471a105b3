/** Addresses that no Service may have, whatever an object says: making one of them a VIP would harm the machine itself. */
import type { IpAddress } from '#net/address.ts'
import { type Cidr, contains } from '#net/cidr.ts'

/** This host, loopback, link-local, multicast and broadcast. @see RFC 6890, RFC 4291, RFC 5771 */
const SPECIAL: readonly Cidr[] = [
  { address: '0.0.0.0', prefixLength: 8 },
  { address: '127.0.0.0', prefixLength: 8 },
  { address: '169.254.0.0', prefixLength: 16 },
  { address: '224.0.0.0', prefixLength: 4 },
  { address: '255.255.255.255', prefixLength: 32 },
  { address: '::', prefixLength: 128 },
  { address: '::1', prefixLength: 128 },
  { address: 'fe80::', prefixLength: 10 },
  { address: 'ff00::', prefixLength: 8 },
]

export const isSpecial = (address: IpAddress): boolean => SPECIAL.some((network) => contains(network, address))
