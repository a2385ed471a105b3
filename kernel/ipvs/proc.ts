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
 * What it tells of a server: identity, scheduler, whether it is persistent; the family of one with a firewall mark only by its
 * destinations. What it does not tell: the scheduler's flags (sh-port,
 * mh-fallback), one-packet mode of an IPv6 server, counters, and the persistence time in seconds, since it prints the kernel's
 * ticks (CONFIG_HZ of them per second) and an IPv6 prefix length with its bytes swapped. The netlink dump has all of these.
 * Of a destination it tells everything but the thresholds and counters.
 *
 * @see net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show
 */
import { familyOf, type IpAddress, parseAddress } from '#net/address.ts'
import type { Protocol } from '#net/protocol.ts'
import type { AddressServerId, MarkServerId, ObservedDestination } from './types.ts'

/** A virtual server of /proc/net/ip_vs. */
export type ProcVirtualServer = (AddressServerId | MarkServerId) & {
  readonly scheduler: string
  readonly persistent: boolean
}

export interface ProcIpVsEntry {
  readonly server: ProcVirtualServer
  readonly destinations: readonly ObservedDestination[]
}

/**
 * Parses /proc/net/ip_vs. Servers that cannot be named (IPv4-mapped IPv6 addresses, firewall marks without a destination) are left out
 * with their destinations. @throws SyntaxError with the line that is none of the kernel's
 */
export const parseProcIpVs = (text: string): ProcIpVsEntry[] => {
  const blocks: { line: string; destinations: ObservedDestination[] }[] = []
  for (const line of text.split('\n').slice(HEADER_LINES)) {
    if (line.startsWith('  -> ')) {
      const destination = parseDestination(line)
      if (destination !== undefined) blocks.at(-1)?.destinations.push(destination)
    } else if (line !== '') blocks.push({ line, destinations: [] })
  }
  return blocks.flatMap(({ line, destinations }) => {
    const server = parseMarkServer(line, destinations) ?? parseServer(line)
    return server === undefined ? [] : [{ server, destinations }]
  })
}

const HEADER_LINES = 3

const PROTOCOLS: Readonly<Record<string, Protocol | undefined>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' }

const SERVER_LINE = /^(\S+) +(\S+):([0-9A-F]{4}) (\S+)(.*)/
const MARK_LINE = /^FWM +([0-9A-F]{8}) (\S+)(.*)/

const parseMarkServer = (line: string, [first]: readonly ObservedDestination[]): ProcVirtualServer | undefined => {
  const [, mark, scheduler = '', flags = ''] = MARK_LINE.exec(line) ?? []
  if (mark === undefined || first === undefined) return undefined
  const family = familyOf(first.address)
  return { fwmark: Number.parseInt(mark, 16), family, scheduler, persistent: flags.includes('persistent') }
}

const parseServer = (line: string): ProcVirtualServer | undefined => {
  if (MARK_LINE.test(line)) return undefined
  const [, name = '', address = '', port = '', scheduler = '', flags = ''] = SERVER_LINE.exec(line) ?? refuse(line)
  const protocol = PROTOCOLS[name]
  const canonical = canonicalAddress(address, line)
  if (protocol === undefined || canonical === undefined) return undefined
  return { protocol, address: canonical, port: Number.parseInt(port, 16), scheduler, persistent: flags.includes('persistent') }
}

const DESTINATION_LINE = /^ {2}-> (\S+):([0-9A-F]{4}) +(\S+) +(-?\d+) +(\d+) +(\d+)/

const parseDestination = (line: string): ObservedDestination | undefined => {
  const [, address = '', port = '', forwarding, weight, active, inactive] = DESTINATION_LINE.exec(line) ?? refuse(line)
  const canonical = canonicalAddress(address, line)
  if (canonical === undefined) return undefined
  return {
    address: canonical,
    port: Number.parseInt(port, 16),
    weight: Number(weight),
    activeConnections: Number(active),
    inactiveConnections: Number(inactive),
    masquerading: forwarding === 'Masq',
  }
}

const refuse = (line: string): never => {
  throw new SyntaxError(`/proc/net/ip_vs: unknown line ${JSON.stringify(line)}`)
}

/** Of `0A600001` or `[fd00:…:0001]`; undefined for an IPv4-mapped address. */
const canonicalAddress = (text: string, line: string): IpAddress | undefined => {
  const v6 = text.startsWith('[')
  const address = v6 ? parseAddress(text.slice(1, -1)) : addressOfHex(text)
  if (address === undefined) return refuse(line)
  return v6 && familyOf(address) === 4 ? undefined : address
}

const addressOfHex = (hex: string): IpAddress | undefined => {
  if (!/^[0-9A-F]{8}$/.test(hex)) return undefined
  const number = Number.parseInt(hex, 16)
  return `${number >>> 24}.${(number >>> 16) & 0xff}.${(number >>> 8) & 0xff}.${number & 0xff}`
}
