/** What makes a bridge hold its gateway addresses. */
import { familyOf } from '#net/address.ts'
import { type Cidr, contains, formatCidr } from '#net/cidr.ts'
import { goQuote } from '../../protocol/text.ts'
import type { OperationOf } from './operation.ts'

export interface BridgeAddressing {
  readonly bridge: string
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
export const bridgeAddressChanges = ({ bridge, present, wanted, force }: BridgeAddressing): Change[] => {
  const changes: Change[] = []
  let addresses = present
  for (const address of wanted) {
    const found = addresses.findIndex((other) => formatCidr(other) === formatCidr(address))
    const conflicting = addresses.slice(0, found < 0 ? undefined : found).filter((other) => conflict(other, address))
    if (conflicting.length > 0 && !force) {
      throw new Error(`failed to set bridge addr: ${goQuote(bridge)} already has an IP address different from ${formatCidr(address)}`)
    }
    changes.push(...conflicting.map((other) => ({ type: 'remove-bridge-address', bridge, address: other }) as const))
    addresses = addresses.filter((other) => !conflicting.includes(other))
    if (found >= 0) continue
    changes.push({ type: 'add-bridge-address', bridge, address })
    addresses = [...addresses, address]
  }
  return changes
}

const conflict = (one: Cidr, other: Cidr): boolean => {
  if (familyOf(one.address) !== familyOf(other.address)) return false
  return familyOf(one.address) === 4 || contains(one, other.address) || contains(other, one.address)
}
