/** What can be asked of rtnetlink: links, bridge ports, addresses and routes of one network namespace. All calls are synchronous. */
import type { Family, IpAddress } from '#net/address.ts'
import type { Cidr } from '#net/cidr.ts'

/** A network device as the kernel describes it. */
export interface Link {
  readonly index: number
  readonly name: string
  readonly mtu: number
  /** `aa:bb:cc:dd:ee:ff`; empty for devices without one. */
  readonly mac: string
  /** IFF_UP: the administrative state. */
  readonly up: boolean
  /** RFC 2863 state: `up`, `down`, `lowerlayerdown`, `unknown`, … */
  readonly operState: string
  /** How many ask for promiscuous mode. */
  readonly promiscuity: number
  /** IFF_PROMISC: the device itself was set so; programs that listen raise `promiscuity` only. Absent when it was not. */
  readonly promiscuous?: boolean
  /** `bridge`, `veth`, `vxlan`, `dummy`, …; absent for physical devices and lo. */
  readonly kind?: string
  /** Index of the bridge (or other master) this device is a port of. */
  readonly master?: number
  /** A veth's other end: its index in its own namespace. */
  readonly peerIndex?: number
}

/** A device to create. @see include/uapi/linux/if_link.h */
export type LinkSpec = { readonly name: string; readonly mtu?: number; readonly mac?: string } & (
  | { readonly kind: 'dummy' }
  | { readonly kind: 'bridge'; readonly vlanFiltering?: boolean }
  | {
      readonly kind: 'veth'
      readonly peer: { readonly name: string; readonly mtu?: number; readonly mac?: string; readonly namespaceFd?: number }
    }
  | {
      readonly kind: 'vxlan'
      readonly vni: number
      readonly local: IpAddress
      /** Index of the device that carries the encapsulated packets. */
      readonly device?: number
      readonly port: number
      /** Learn forwarding entries from traffic; flannel does not. */
      readonly learning: boolean
    }
)

/** What to change on a device; what is absent stays. */
export interface LinkChange {
  readonly up?: boolean
  /** 0 removes the master. */
  readonly master?: number
  readonly mac?: string
  readonly mtu?: number
  readonly promiscuous?: boolean
}

/** An address on a device. */
export interface LinkAddress extends Cidr {
  readonly link: number
  /** The kernel's scope number: 0 universe, 253 link, 254 host. */
  readonly scope: number
  /** IFA_F_* bits, e.g. tentative 0x40, dadfailed 0x08, permanent 0x80. */
  readonly flags: number
}

/**
 * A route with one next hop. Defaults on writing: table main, type unicast, protocol boot, scope universe (host for type local, which
 * the kernel demands). On deleting, absent fields match any route, except that the table is main.
 */
export interface Route {
  readonly family: Family
  /** Absent for the default route. */
  readonly destination?: Cidr
  readonly gateway?: IpAddress
  /** Outgoing device's index. */
  readonly link?: number
  /** Preferred source. */
  readonly source?: IpAddress
  /** Routing table id; 254 main, 255 local. */
  readonly table?: number
  readonly type?: 'unicast' | 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw'
  /** Who made it, RTPROT_*: 2 kernel, 3 boot. */
  readonly protocol?: number
  readonly scope?: number
  /** Metric. */
  readonly priority?: number
  readonly mtu?: number
  readonly advmss?: number
  /** RTNH_F_ONLINK: the gateway needs no route of its own (flannel's vxlan). */
  readonly onlink?: boolean
}

/** A VLAN that a bridge's port takes part in. */
export interface PortVlan {
  /** 1 to 4094. */
  readonly id: number
  /** Packets that come in untagged belong to it (PVID). A port has one such at most: the last one set. */
  readonly native?: boolean
  /** Its packets leave untagged. */
  readonly untagged?: boolean
}

/** A permanent neighbour or forwarding entry, as flannel makes for vxlan. */
export interface Neighbor {
  readonly link: number
  readonly mac: string
  readonly address: IpAddress
}

/**
 * rtnetlink of one namespace. Every change throws a KernelError when the kernel refuses it; nothing is retried or hidden.
 * Names longer than 15 bytes are refused by the kernel (ERANGE or EINVAL).
 */
export interface Rtnetlink {
  addLink(spec: LinkSpec): void
  changeLink(index: number, change: LinkChange): void
  deleteLink(index: number): void
  /** The device of this name, or undefined. */
  link(name: string): Link | undefined
  linkByIndex(index: number): Link | undefined
  links(): Link[]
  /** Bridge port flags of a device that has a bridge as master. */
  setBridgePort(index: number, flags: { readonly hairpin?: boolean; readonly isolated?: boolean }): void
  /** Makes a bridge's port take part in VLANs: one message. A VLAN it is in already gets these flags. */
  addPortVlans(index: number, vlans: readonly PortVlan[]): void
  /** Takes a port out of VLANs: one message. One that it is not in is no failure. */
  deletePortVlans(index: number, ids: readonly number[]): void
  /** The VLANs of all bridge ports, and of bridges themselves, by device index. */
  portVlans(): Map<number, PortVlan[]>
  /** Adds an address; an IPv4 prefix below 31 bits gets its broadcast address. EEXIST when it is there. */
  addAddress(index: number, address: Cidr): void
  deleteAddress(index: number, address: Cidr): void
  addresses(filter?: { readonly link?: number; readonly family?: Family }): LinkAddress[]
  /** Adds a route as `ip route append` would: an equal one is EEXIST, another next hop is accepted (ECMP). */
  addRoute(route: Route): void
  /** Adds or replaces. */
  replaceRoute(route: Route): void
  /** ESRCH when no route matches (ENOENT for the default route of IPv6). */
  deleteRoute(route: Route): void
  /** Many replaceRoute and deleteRoute in as few system calls as possible; outcomes in order, undefined = done. */
  batchRoutes(changes: readonly { readonly verb: 'replace' | 'delete'; readonly route: Route }[]): (Error | undefined)[]
  routes(filter?: { readonly family?: Family; readonly table?: number; readonly protocol?: number }): Route[]
  /** The route a packet to `address` would take (`ip route get`), or undefined when there is none. */
  routeTo(address: IpAddress): Route | undefined
  /** A permanent entry of the bridge forwarding database (`bridge fdb`): MAC behind a vxlan peer. */
  setForwarding(entry: Neighbor): void
  /** Forwarding entries of bridges and vxlan devices that lead to an address: a vxlan's other ends. */
  forwardings(): Neighbor[]
  /** A permanent ARP/NDP entry. */
  setNeighbor(entry: Neighbor): void
  /** Netlink messages and datagrams sent so far. */
  readonly counters: { readonly messages: number; readonly datagrams: number }
  /** The socket's address, by which the kernel says who changed something. */
  readonly port: number
  close(): void
}
