/**
 * What ADD does to the kernel, as data: each operation is one change, and says everything about it but the numbers that only the
 * kernel knows. Devices: the bridge and the port (the pair's host end) on the host, the interface in the container.
 */
import type { PortVlan } from '#kernel/rtnetlink/types.ts'
import type { Family, IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'

export type Operation =
  | { readonly type: 'create-bridge'; readonly bridge: string; readonly mtu?: number; readonly mac?: string; readonly vlanFiltering?: true }
  | { readonly type: 'make-promiscuous'; readonly bridge: string }
  | { readonly type: 'raise-bridge'; readonly bridge: string }
  /** Makes the port one of the bridge's, and raises it: one message. */
  | { readonly type: 'attach-port'; readonly port: string; readonly bridge: string }
  | { readonly type: 'set-port-flags'; readonly port: string; readonly hairpin: boolean; readonly isolated: boolean }
  /** Takes a port out of all its VLANs: on a port that is new, the bridge's default one. */
  | { readonly type: 'leave-vlans'; readonly port: string }
  /** `what` is how the reference calls them in its message. */
  | { readonly type: 'join-vlans'; readonly port: string; readonly vlans: readonly PortVlan[]; readonly what: string }
  /** Writes a setting whose absence harms nobody: a failure is ignored, as the reference does. */
  | { readonly type: 'prefer-setting'; readonly in: Place; readonly key: string; readonly value: string }
  /** Turns IPv6 on for the container's lo and interface, and keeps its addresses when it goes down. */
  | { readonly type: 'enable-ipv6'; readonly interface: string }
  | { readonly type: 'add-interface-address'; readonly interface: string; readonly address: Cidr; readonly gateway?: IpAddress }
  | { readonly type: 'raise-interface'; readonly interface: string }
  /** Waits until IPv6 has decided about the interface's addresses. */
  | { readonly type: 'settle-addresses'; readonly interface: string }
  | AddRoute
  | MakeVlanGateway
  /** With `vlan` the address is of the gateway into that VLAN, else of the bridge itself. */
  | { readonly type: 'remove-bridge-address'; readonly bridge: string; readonly vlan?: number; readonly address: Cidr }
  /** Adds an address and fixes the device's hardware address: a bridge's would otherwise follow its ports. */
  | { readonly type: 'add-bridge-address'; readonly bridge: string; readonly vlan?: number; readonly address: Cidr }
  | { readonly type: 'enable-forwarding'; readonly family: Family }

/** Makes the gateway into a VLAN, or what another call did not get to of it: see vlan-gateway.ts. */
export interface MakeVlanGateway {
  readonly type: 'make-vlan-gateway'
  readonly bridge: string
  readonly vlan: number
  /** Name of its port, should it be made. */
  readonly port: string
  readonly preserveDefaultVlan: boolean
}

export interface AddRoute {
  readonly type: 'add-route'
  readonly interface: string
  readonly destination: Cidr
  readonly gateway?: IpAddress
  readonly priority?: number
  readonly table?: number
  readonly scope?: number
  /** Added for isDefaultGateway: IPAM did not ask for it. */
  readonly implied: boolean
}

export type Place = 'host' | 'container'
export type OperationType = Operation['type']
export type OperationOf<Type extends OperationType> = Extract<Operation, { type: Type }>
