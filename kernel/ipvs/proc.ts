/**
 * /proc/net/ip_vs: all virtual servers and destinations of a namespace in one read, where netlink needs a dump for every server.
 *
 *   IP Virtual Server version 1.2.1 (size=4096)
 *   Prot LocalAddress:Port Scheduler Flags
 *     -> RemoteAddress:Port Forward Weight ActiveConn InActConn
 *   TCP  0A600001:0050 wlc  persistent 2700000 FFFFFFFF
 *     -> 0AF40102:1F90      Masq    1      0          0
 *   TCP  [fd00:0096:0000:0000:0000:0000:0000:0001]:0050 rr
 *   FWM  00000001 rr ops
 *
 * What it tells of a server: identity, scheduler, whether it is persistent. What it does not tell: the scheduler's flags (sh-port,
 * mh-fallback), one-packet mode of an IPv6 server, counters, and the persistence time in seconds, since it prints the kernel's
 * ticks (CONFIG_HZ of them per second) and an IPv6 prefix length with its bytes swapped. The netlink dump has all of these.
 * Of a destination it tells everything but the thresholds and counters.
 *
 * @see net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show
 */
import { familyOf, type IpAddress, parseAddress } from '#net/address.ts'
import type { Protocol } from '#net/protocol.ts'
import type { ObservedDestination, VirtualServerId } from './types.ts'

/** A virtual server of /proc/net/ip_vs. */
export interface ProcVirtualServer extends VirtualServerId {
  readonly scheduler: string
  readonly persistent: boolean
}

export interface ProcIpVsEntry {
  readonly server: ProcVirtualServer
  readonly destinations: readonly ObservedDestination[]
}

/**
 * Parses /proc/net/ip_vs. Servers that VirtualServerId cannot name (firewall marks, IPv4-mapped IPv6 addresses) are left out with
 * their destinations. @throws SyntaxError with the line that is none of the kernel's
 */
export const parseProcIpVs = (text: string): ProcIpVsEntry[] => {
  const entries: ProcIpVsEntry[] = []
  let destinations: ObservedDestination[] = []
  for (const line of text.split('\n').slice(HEADER_LINES)) {
    if (line.startsWith('  -> ')) {
      const destination = parseDestination(line)
      if (destination !== undefined) destinations.push(destination)
    } else if (line !== '') {
      destinations = []
      const server = parseServer(line)
      if (server !== undefined) entries.push({ server, destinations })
    }
  }
  return entries
}

const HEADER_LINES = 3

const PROTOCOLS: Readonly<Record<string, Protocol | undefined>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' }

const parseServer = (line: string): ProcVirtualServer | undefined => {
  const [name = '', endpoint = '', scheduler, ...flags] = line.trimEnd().split(/ +/)
  if (scheduler === undefined) throw new SyntaxError(`/proc/net/ip_vs: no virtual server: ${JSON.stringify(line)}`)
  const protocol = PROTOCOLS[name]
  if (protocol === undefined) return undefined
  const place = parseEndpoint(endpoint, line)
  return place && { protocol, ...place, scheduler, persistent: flags.includes('persistent') }
}

const parseDestination = (line: string): ObservedDestination | undefined => {
  const [, , endpoint = '', forwarding, weight, active, inactive] = line.split(/ +/)
  if (inactive === undefined) throw new SyntaxError(`/proc/net/ip_vs: no destination: ${JSON.stringify(line)}`)
  const place = parseEndpoint(endpoint, line)
  return (
    place && {
      ...place,
      weight: Number(weight),
      activeConnections: Number(active),
      inactiveConnections: Number(inactive),
      masquerading: forwarding === 'Masq',
    }
  )
}

/** `0A600001:0050` or `[fd00:…:0001]:0050`; undefined for an IPv4-mapped address. */
const parseEndpoint = (endpoint: string, line: string): { address: IpAddress; port: number } | undefined => {
  const colon = endpoint.length - 5
  const port = Number.parseInt(endpoint.slice(colon + 1), 16)
  const v6 = endpoint.startsWith('[')
  const address = v6 ? parseAddress(endpoint.slice(1, colon - 1)) : addressOfHex(endpoint.slice(0, colon))
  if (address === undefined || Number.isNaN(port)) throw new SyntaxError(`/proc/net/ip_vs: no address: ${JSON.stringify(line)}`)
  return v6 && familyOf(address) === 4 ? undefined : { address, port }
}

const addressOfHex = (hex: string): IpAddress | undefined => {
  if (!/^[0-9A-F]{8}$/.test(hex)) return undefined
  const number = Number.parseInt(hex, 16)
  return `${number >>> 24}.${(number >>> 16) & 0xff}.${(number >>> 8) & 0xff}.${number & 0xff}`
}
