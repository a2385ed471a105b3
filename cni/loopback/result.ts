/** What the loopback plugin reports. */
import { familyOf, type IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'
import { contains } from '#net/cidr.ts'
import { EMPTY_DNS, type Result } from '../protocol/result.ts'
import { goQuote } from '../protocol/text.ts'

const LOOPBACK_NETWORKS: readonly Cidr[] = [
  { address: '127.0.0.0', prefixLength: 8 },
  { address: '::1', prefixLength: 128 },
]

/** An address on lo that is not of this host only would be reachable from outside. @throws Error */
export const refuseForeignAddresses = (addresses: readonly Cidr[]): void => {
  const foreign = addresses.find(({ address }) => !isLoopback(address))
  if (foreign !== undefined) throw new Error(`loopback interface found with non-loopback address ${goQuote(foreign.address)}`)
}

const isLoopback = (address: IpAddress): boolean => LOOPBACK_NETWORKS.some((network) => contains(network, address))

interface Observed {
  readonly sandbox: string
  readonly addresses: readonly Cidr[]
  readonly unconverted: boolean
}

/** lo with the first address of each family. */
export const loopbackResult = ({ sandbox, addresses, unconverted }: Observed): Result => {
  const firsts = ([4, 6] as const).map((family) => addresses.find(({ address }) => familyOf(address) === family))
  const ips = firsts
    .filter((first) => first !== undefined)
    .map(({ address, prefixLength }) => ({ interface: 0, address: { address, prefixLength } }))
  const lo = { name: 'lo', mac: '00:00:00:00:00:00', sandbox }
  return { interfaces: [lo], ips, routes: [], dns: EMPTY_DNS, ...(unconverted && { unconverted }) }
}
