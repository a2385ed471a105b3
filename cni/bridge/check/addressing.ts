/** Addresses and routes of a container's interface, compared with what ADD said of them. */
import type { Link, Route, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { ADDRESS_BITS, familyOf } from '#net/address.ts'
import { type Cidr, formatCidr, networkOf } from '#net/cidr.ts'
import type { ResultRoute, WrittenResult } from '../../protocol/result.ts'
import { describeResultRoute } from '../attach/words.ts'

const MAIN_TABLE = 254

export interface AddressClaim {
  readonly interface: Link
  readonly ips: WrittenResult['ips']
}

/**
 * Every address must be there with its prefix length, and with it the route to its network. An address that is its whole network has none
 * (IPv4), where the reference always fails.
 * @returns the addresses
 * @throws Error with the reference's sentence
 */
export const checkAddresses = (links: Pick<Rtnetlink, 'addresses' | 'routes'>, { interface: device, ips }: AddressClaim): Cidr[] => {
  if (ips.length === 0) return []
  const present = links.addresses({ link: device.index }).map(formatCidr)
  const routes = links.routes({ table: MAIN_TABLE })
  return ips.map(({ address, gateway }) => {
    const text = address === undefined ? '<nil>' : formatCidr(address)
    if (address === undefined || !present.includes(text)) throw new Error(`Failed to match addr ${text} on interface ${device.name}`)
    const isConnected = isSingle(address) || routes.some((route) => leadsTo(route, networkOf(address)))
    if (!isConnected) throw new Error(`Failed to find Gateway ${gateway ?? '<nil>'} for interface ${device.name}`)
    return address
  })
}

const isSingle = ({ address, prefixLength }: Cidr): boolean => prefixLength === ADDRESS_BITS[familyOf(address)]

/**
 * Every route must be there, in the table it names; the reference looks for all of them in the main one. Of a default route the gateway
 * does not matter.
 * @throws Error with the reference's sentence
 */
export const checkRoutes = (links: Pick<Rtnetlink, 'routes'>, expected: WrittenResult['routes']): void => {
  if (expected.length === 0) return
  const routes = links.routes()
  for (const each of expected) {
    const { dst } = each
    if (dst === undefined) throw new Error(`Invalid static route found ${describeResultRoute(each)}`)
    if (routes.some((route) => fulfils(route, { ...each, dst }))) continue
    throw new Error(`Expected Route ${describeResultRoute(each)} not found in routing table`)
  }
}

const fulfils = (route: Route, { dst, gw, table = 0 }: ResultRoute): boolean => {
  const isInTable = route.table === (table > 0 ? table : MAIN_TABLE)
  if (!isInTable || !leadsTo(route, dst)) return false
  return isDefault(dst) || gw === undefined || route.gateway === gw
}

const leadsTo = ({ family, destination }: Route, network: Cidr): boolean => {
  if (family !== familyOf(network.address)) return false
  return destination === undefined ? isDefault(network) : formatCidr(destination) === formatCidr(network)
}

const isDefault = ({ address, prefixLength }: Cidr): boolean => prefixLength === 0 && (address === '0.0.0.0' || address === '::')
