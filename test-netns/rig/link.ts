/** Cables between namespaces. */
import type { NetNamespace } from './namespace.ts'

/** One end of a veth pair. */
export interface LinkEnd {
  readonly namespace: NetNamespace
  /** At most 15 characters. */
  readonly device: string
  /** With prefix length: `10.0.0.1/24`, `fd00::1/64`. */
  readonly addresses?: readonly string[]
  /** A bridge of that namespace to become a port of. */
  readonly bridge?: string
}

/** Joins two namespaces by a veth pair, up at both ends. IPv6 addresses are usable at once (no duplicate address detection). */
export const join = (one: LinkEnd, other: LinkEnd): void => {
  one.namespace.ip(`link add ${one.device} type veth peer name ${other.device} netns ${other.namespace.name}`, ...setUp(one))
  other.namespace.ip(...setUp(other))
}

/** Makes a bridge, up, that forwards at once (no spanning tree). */
export const addBridge = (namespace: NetNamespace, device: string, addresses: readonly string[] = []): void =>
  namespace.ip(`link add ${device} type bridge`, ...setUp({ device, addresses }))

/** The `ip` commands that give a device its addresses and bring it up. */
export const setUp = ({ device, addresses = [], bridge }: Pick<LinkEnd, 'device' | 'addresses' | 'bridge'>): string[] => [
  ...addresses.map((address) => `address add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`),
  `link set ${device} up${bridge === undefined ? '' : ` master ${bridge}`}`,
]
