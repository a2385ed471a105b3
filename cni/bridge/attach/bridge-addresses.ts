/** What makes a bridge, or its gateway into a VLAN, hold the gateway addresses. */
import { familyOf } from '#net/address.ts'
import { type Cidr, contains, formatCidr } from '#net/cidr.ts'
import { goQuote } from '../../protocol/text.ts'
import { gatewayName } from '../vlan.ts'
import type { OperationOf } from './operation.ts'

export interface BridgeAddressing {
  readonly bridge: string
  /** The VLAN whose gateway holds them; 0: the bridge does. */
  readonly vlan: number
  /** Addresses the bridge has, in the kernel's order. */
  readonly present: readonly Cidr[]
  /** Addresses it must have. */
  readonly wanted: readonly Cidr[]
  /** Replace what conflicts. */
  readonly force: boolean
}

type Change = OperationOf<'add-bridge-address'> | OperationOf<'remove-bridge-address'>

/**
 * Each wanted address in turn, as the reference does it: the present ones are looked at in their order until the wanted one is
 * found; every one before it that conflicts is replaced, or is an error. Another IPv4 address always conflicts; an IPv6 one only when
 * one network holds the other's address.
 * @throws Error with the reference's sentence
 * @see reference/cni-plugins.md 2.3
 */
export const bridgeAddressChanges = ({ bridge, vlan, present, wanted, force }: BridgeAddressing): Change[] => {
  const place = { bridge, ...(vlan !== 0 && { vlan }) }
  const changes: Change[] = []
  let addresses = present
  for (const address of wanted) {
    const found = addresses.findIndex((other) => formatCidr(other) === formatCidr(address))
    const conflicting = addresses.slice(0, found < 0 ? undefined : found).filter((other) => conflict(other, address))
    if (conflicting.length > 0 && !force) {
      throw new Error(
        `${addressSentence(place)}: ${goQuote(deviceName(place))} already has an IP address different from ${formatCidr(address)}`,
      )
    }
    changes.push(...conflicting.map((other) => ({ type: 'remove-bridge-address', ...place, address: other }) as const))
    addresses = addresses.filter((other) => !conflicting.includes(other))
    if (found >= 0) continue
    changes.push({ type: 'add-bridge-address', ...place, address })
    addresses = [...addresses, address]
  }
  return changes
}

/** Which device gateway addresses belong to. */
export type AddressPlace = Pick<Change, 'bridge' | 'vlan'>

export const deviceName = ({ bridge, vlan }: AddressPlace): string => (vlan === undefined ? bridge : gatewayName(bridge, vlan))

/** How the reference's messages about these addresses begin. */
export const addressSentence = ({ vlan }: AddressPlace): string =>
  vlan === undefined ? 'failed to set bridge addr' : 'failed to set vlan interface for bridge with addr'

const conflict = (one: Cidr, other: Cidr): boolean => {
  if (familyOf(one.address) !== familyOf(other.address)) return false
  return familyOf(one.address) === 4 || contains(one, other.address) || contains(other, one.address)
}
