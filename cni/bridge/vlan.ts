/** What `vlan` and `vlanTrunk` mean for a port, and the gateway into a VLAN. */
import type { PortVlan } from '#kernel/rtnetlink/types.ts'

/** The VLANs of a port. */
export interface VlanConfig {
  /** The VLAN of untagged packets; 0: none is named. */
  readonly vlan: number
  /** VLANs that the port carries tagged, ascending. */
  readonly trunk: readonly number[]
  /** The port keeps the bridge's default VLAN as well. */
  readonly preserveDefaultVlan: boolean
}

/** The VLAN of untagged packets where a trunk names none. */
const NATIVE_VLAN = 1

/** Whether a port takes part in VLANs by itself, and not only in the bridge's default one. */
export const hasVlans = ({ vlan, trunk }: Pick<VlanConfig, 'vlan' | 'trunk'>): boolean => vlan !== 0 || trunk.length > 0

/**
 * The VLANs to add to a port. One that is both native and in the trunk is native: the reference takes the last thing it was told,
 * and leaves such a port without a VLAN for untagged packets.
 */
export const vlansOf = ({ vlan, trunk }: Pick<VlanConfig, 'vlan' | 'trunk'>): PortVlan[] => {
  const native = vlan === 0 ? NATIVE_VLAN : vlan
  const tagged = trunk.filter((id) => id !== native).map((id) => ({ id }))
  return [...(vlan === 0 ? [] : [untagged(vlan)]), ...tagged]
}

/** The native VLAN of a trunk that names none. */
export const DEFAULT_NATIVE: readonly PortVlan[] = [{ id: NATIVE_VLAN, native: true, untagged: true }]

const untagged = (id: number): PortVlan => ({ id, native: true, untagged: true })

/** The device by which the host takes part in a VLAN of a bridge. */
export const gatewayName = (bridge: string, vlan: number): string => `${bridge}.${vlan}`
