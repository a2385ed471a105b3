/**
 * What ADD does to the kernel, as data: each operation is one change, and says everything about it but the numbers that only the
 * kernel knows. Devices: the bridge and the port (the pair's host end) on the host, the interface in the container.
 */
import type { Family, IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'

export type Operation =
  | { readonly type: 'create-bridge'; readonly bridge: string; readonly mtu?: number; readonly mac?: string }
  | { readonly type: 'make-promiscuous'; readonly bridge: string }
  | { readonly type: 'raise-bridge'; readonly bridge: string }
  /** Makes the port one of the bridge's, and raises it: one message. */
  | { readonly type: 'attach-port'; readonly port: string; readonly bridge: string }
  | { readonly type: 'set-port-flags'; readonly port: string; readonly hairpin: boolean; readonly isolated: boolean }
  /** Writes a setting whose absence harms nobody: a failure is ignored, as the reference does. */
  | { readonly type: 'prefer-setting'; readonly in: Place; readonly key: string; readonly value: string }
  /** Turns IPv6 on for the container's lo and interface, and keeps its addresses when it goes down. */
  | { readonly type: 'enable-ipv6'; readonly interface: string }
  | { readonly type: 'add-interface-address'; readonly interface: string; readonly address: Cidr; readonly gateway?: IpAddress }
  | { readonly type: 'raise-interface'; readonly interface: string }
  /** Waits until IPv6 has decided about the interface's addresses. */
  | { readonly type: 'settle-addresses'; readonly interface: string }
  | AddRoute
  | { readonly type: 'remove-bridge-address'; readonly bridge: string; readonly address: Cidr }
  /** Adds an address and fixes the bridge's hardware address, which would otherwise follow its ports. */
  | { readonly type: 'add-bridge-address'; readonly bridge: string; readonly address: Cidr }
  | { readonly type: 'enable-forwarding'; readonly family: Family }

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
