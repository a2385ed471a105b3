/** IPVS replies as values. Pure. */
import { addressFromBytes, familyOf, type IpAddress } from '#net/address.ts'
import { protocolOfNumber } from '#net/protocol.ts'
import { genericAttributes } from '../generic-netlink.ts'
import { type AttributeTable, type AttributeValues, decodeAttributes } from '../netlink/attributes.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import { AF_INET, AF_INET6, FLAG_HASHED, FLAG_PERSISTENT, FORWARD_MASQUERADE, IPVS_MESSAGE } from './attributes.ts'
import type { IpvsStats, IpvsTimeouts, ObservedDestination, ObservedVirtualServer, VirtualServerId } from './types.ts'

type Message = AttributeValues<typeof IPVS_MESSAGE>
type Service = NonNullable<Message['service']>

const [SERVICE_NUMBER, { stats: _stats, stats64: _stats64, ...SETTINGS }] = IPVS_MESSAGE.service
/** A message without its counters, which are most of it. */
const SETTINGS_ONLY = { service: [SERVICE_NUMBER, SETTINGS] } as const satisfies AttributeTable

/**
 * A virtual server of a dump; undefined for one that VirtualServerId cannot name, which is therefore never ours: another
 * protocol, an IPv4-mapped IPv6 address. @throws KernelError EPROTO
 */
export const decodeServer = (reply: NetlinkReply): ObservedVirtualServer | undefined => {
  const { service } = decodeAttributes(SETTINGS_ONLY, genericAttributes(reply))
  const id = service && identityOf(service)
  if (service === undefined || id === undefined) return undefined
  const flags = flagsOf(service)
  const { timeout = 0 } = service
  const persistent = (flags & FLAG_PERSISTENT) !== 0
  return {
    ...id,
    scheduler: service.scheduler ?? '',
    schedulerFlags: flags & ~(FLAG_PERSISTENT | FLAG_HASHED),
    persistenceSeconds: persistent ? timeout : 0,
    ...(persistent || timeout === 0 ? {} : { spareSeconds: timeout }),
    persistencePrefix: prefixOf(service),
    // An audit reads ten thousand servers and asks for no counter.
    get stats() {
      return statsOf(decodeAttributes(IPVS_MESSAGE, genericAttributes(reply)).service ?? {})
    },
  }
}

/** A destination of a dump; undefined for an IPv4-mapped address. @throws KernelError EPROTO */
export const decodeDestination = (reply: NetlinkReply): ObservedDestination | undefined => {
  const { destination } = decodeAttributes(IPVS_MESSAGE, genericAttributes(reply))
  const address = destination && addressOfUnion(destination.family, destination.address)
  if (destination === undefined || address === undefined) return undefined
  return {
    address,
    port: destination.port ?? 0,
    weight: (destination.weight ?? 0) | 0,
    activeConnections: destination.activeConnections ?? 0,
    inactiveConnections: destination.inactiveConnections ?? 0,
    masquerading: destination.forwarding === FORWARD_MASQUERADE,
  }
}

/** The connection timeouts of a GET_CONFIG answer. */
export const decodeTimeouts = (reply: NetlinkReply): IpvsTimeouts => {
  const message = decodeAttributes(IPVS_MESSAGE, genericAttributes(reply))
  return { tcp: message.timeoutTcp ?? 0, tcpFin: message.timeoutTcpFin ?? 0, udp: message.timeoutUdp ?? 0 }
}

const identityOf = (service: Service): VirtualServerId | undefined => {
  if (service.firewallMark) return { fwmark: service.firewallMark, family: service.family === AF_INET6 ? 6 : 4 }
  const protocol = protocolOfNumber(service.protocol ?? 0)
  const address = addressOfUnion(service.family, service.address)
  return protocol === undefined || address === undefined ? undefined : { protocol, address, port: service.port ?? 0 }
}

const addressOfUnion = (family: number | undefined, union: Uint8Array | undefined): IpAddress | undefined => {
  if (union === undefined) return undefined
  if (family === AF_INET) return addressFromBytes(union.subarray(0, 4))
  if (family !== AF_INET6) return undefined
  const address = addressFromBytes(union)
  return familyOf(address) === 6 ? address : undefined
}

/** struct ip_vs_flags { u32 flags; u32 mask } */
const flagsOf = ({ flags }: Pick<Service, 'flags'>): number => flags?.readUInt32LE(0) ?? 0

/** The bits of an IPv4 mask; for IPv6 the kernel keeps the prefix length itself. */
const prefixOf = ({ family, netmask }: Pick<Service, 'family' | 'netmask'>): number => {
  if (netmask === undefined) return 0
  if (family === AF_INET6) return netmask[0] ?? 0
  let bits = 0
  for (const byte of netmask) for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1
  return bits
}

const statsOf = ({ stats64, stats }: Service): IpvsStats => {
  const counters = stats64 ?? stats ?? {}
  return {
    connections: wide(counters.connections),
    packetsIn: wide(counters.packetsIn),
    packetsOut: wide(counters.packetsOut),
    bytesIn: wide(counters.bytesIn),
    bytesOut: wide(counters.bytesOut),
    connectionRate: wide(counters.connectionRate),
    packetRateIn: wide(counters.packetRateIn),
    packetRateOut: wide(counters.packetRateOut),
    byteRateIn: wide(counters.byteRateIn),
    byteRateOut: wide(counters.byteRateOut),
  }
}

const wide = (counter: number | bigint | undefined): bigint => BigInt(counter ?? 0)
