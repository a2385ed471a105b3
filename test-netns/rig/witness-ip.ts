/** What the kernel says of links, addresses and routes, by iproute2: a witness that is not ours. */
import type { NetNamespace } from './namespace.ts'

/** Fields of `ip -json -details link`; there are more. */
export interface WitnessLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly operstate: string
  readonly promiscuity: number
  /** MAC address. */
  readonly address?: string
  /** Name of the bridge it is a port of. */
  readonly master?: string
  /** A veth's other end, when it is in this namespace, and its number when it is not. */
  readonly link?: string
  readonly link_index?: number
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: Readonly<Record<string, unknown>>
    readonly info_slave_kind?: string
    readonly info_slave_data?: Readonly<Record<string, unknown>>
  }
}

/** Fields of `ip -json address`. */
export interface WitnessAddress {
  /** The device's name. */
  readonly dev: string
  readonly family: 'inet' | 'inet6'
  readonly local: string
  readonly prefixlen: number
  readonly broadcast?: string
  readonly scope: string
  readonly dynamic?: boolean
}

/** Fields of `ip -json -details route`; there are more. */
export interface WitnessRoute {
  readonly type: string
  /** `default`, or the network, without prefix length for single hosts. */
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  readonly protocol: string
  readonly scope: string
  readonly prefsrc?: string
  readonly metric?: number
  readonly flags: readonly string[]
}

/** Fields of `bridge -json -details link`; hairpin, isolated, … */
export interface WitnessPort {
  readonly ifname: string
  readonly master: string
  readonly hairpin: boolean
  readonly isolated: boolean
  readonly learning: boolean
}

export interface WitnessNeighbor {
  readonly dst: string
  readonly dev: string
  readonly lladdr?: string
  readonly state: readonly string[]
}

export const links = (namespace: NetNamespace): WitnessLink[] => json(namespace, 'ip', '-details', 'link')

/** The link of this name, or undefined. */
export const link = (namespace: NetNamespace, name: string): WitnessLink | undefined =>
  links(namespace).find(({ ifname }) => ifname === name)

/** All addresses, or those of one device, without link-local ones of IPv6, which come and go by themselves. */
export const addresses = (namespace: NetNamespace, device?: string): WitnessAddress[] => {
  const devices: { ifname: string; addr_info: Omit<WitnessAddress, 'dev'>[] }[] = json(namespace, 'ip', 'address')
  return devices
    .filter(({ ifname }) => device === undefined || ifname === device)
    .flatMap(({ ifname, addr_info }) => addr_info.map((address) => ({ ...address, dev: ifname })))
    .filter(({ family, scope }) => !(family === 'inet6' && scope === 'link'))
}

/** IPv4 routes of a table, by default main. */
export const routes = (namespace: NetNamespace, table = 'main'): WitnessRoute[] =>
  json(namespace, 'ip', '-4', '-details', 'route', 'show', 'table', table)

/** IPv6 routes of a table, by default main. */
export const routes6 = (namespace: NetNamespace, table = 'main'): WitnessRoute[] =>
  json(namespace, 'ip', '-6', '-details', 'route', 'show', 'table', table)

/** Bridge ports with their flags. */
export const bridgePorts = (namespace: NetNamespace): WitnessPort[] => json(namespace, 'bridge', '-details', 'link')

/** ARP and NDP entries. */
export const neighbors = (namespace: NetNamespace): WitnessNeighbor[] => json(namespace, 'ip', 'neighbor')

/** Bridge forwarding entries: `{ mac, ifname, dst, flags, state, … }`. */
export const forwardings = (namespace: NetNamespace): Readonly<Record<string, unknown>>[] => json(namespace, 'bridge', 'fdb')

const json = <T>(namespace: NetNamespace, program: 'ip' | 'bridge', ...parameters: string[]): T[] =>
  // iproute2 prints nothing at all, or an empty object in the list, where there is nothing.
  JSON.parse(namespace.exec(program, '-json', ...parameters) || '[]').filter((entry: object) => Object.keys(entry).length > 0)
