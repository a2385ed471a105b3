/**
 * IPVS over generic netlink: its commands, attributes and flags.
 *
 * A request that adds a destination, whole (124 bytes behind nlmsghdr):
 *
 *   genlmsghdr   NEW_DEST, version 1
 *   SERVICE      nest, 48 bytes: which virtual server
 *     AF         u16   2 or 10
 *     PROTOCOL   u16   6, 17, 132
 *     ADDR       16-byte union, IPv4 in the first 4
 *     PORT       be16
 *   DEST         nest, 72 bytes
 *     ADDR       16-byte union
 *     PORT       be16
 *     FWD_METHOD u32   0 = masquerading
 *     WEIGHT     u32
 *     U_THRESH   u32   0 = none; the kernel wants both
 *     L_THRESH   u32
 *     ADDR_FAMILY u16
 *
 * A request that makes or changes a virtual server has, behind PORT: SCHED_NAME, FLAGS (flags and mask), TIMEOUT, NETMASK.
 * Replies have the same nests, and counters.
 *
 * @see include/uapi/linux/ip_vs.h; the rules are in net/netfilter/ipvs/ip_vs_ctl.c
 */
import type { AttributeTable } from '../netlink/attributes.ts'

export const IPVS_FAMILY = 'IPVS'
export const IPVS_VERSION = 1

/** IPVS_CMD_*. A GET is answered by messages of the command that would make what it asks for. */
export const COMMAND = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newDestination: 5,
  setDestination: 6,
  deleteDestination: 7,
  getDestination: 8,
  setConfig: 12,
  getConfig: 13,
} as const

/** IP_VS_SVC_F_*: persistent, entered in the kernel's table (its own business), one packet per connection, scheduler's own. */
export const FLAG_PERSISTENT = 0x1
export const FLAG_HASHED = 0x2
export const FLAG_ONE_PACKET = 0x4
export const FLAGS_SCHEDULER = 0x38

export const AF_INET = 2
export const AF_INET6 = 10

/** IP_VS_CONN_F_MASQ, the forwarding method. */
export const FORWARD_MASQUERADE = 0

/** IPVS_STATS_ATTR_*; in STATS64. */
const STATS64 = {
  connections: [1, 'u64'],
  packetsIn: [2, 'u64'],
  packetsOut: [3, 'u64'],
  bytesIn: [4, 'u64'],
  bytesOut: [5, 'u64'],
  connectionRate: [6, 'u64'],
  packetRateIn: [7, 'u64'],
  packetRateOut: [8, 'u64'],
  byteRateIn: [9, 'u64'],
  byteRateOut: [10, 'u64'],
} as const satisfies AttributeTable

/** The same in STATS, which kernels before 4.1 have alone. */
const STATS32 = {
  connections: [1, 'u32'],
  packetsIn: [2, 'u32'],
  packetsOut: [3, 'u32'],
  bytesIn: [4, 'u64'],
  bytesOut: [5, 'u64'],
  connectionRate: [6, 'u32'],
  packetRateIn: [7, 'u32'],
  packetRateOut: [8, 'u32'],
  byteRateIn: [9, 'u32'],
  byteRateOut: [10, 'u32'],
} as const satisfies AttributeTable

/** IPVS_SVC_ATTR_*. */
const SERVICE = {
  family: [1, 'u16'],
  protocol: [2, 'u16'],
  address: [3, 'bytes'],
  port: [4, 'be16'],
  firewallMark: [5, 'u32'],
  scheduler: [6, 'text'],
  flags: [7, 'bytes'],
  timeout: [8, 'u32'],
  netmask: [9, 'bytes'],
  stats: [10, STATS32],
  stats64: [12, STATS64],
} as const satisfies AttributeTable

/** IPVS_DEST_ATTR_*. */
const DESTINATION = {
  address: [1, 'bytes'],
  port: [2, 'be16'],
  forwarding: [3, 'u32'],
  weight: [4, 'u32'],
  upperThreshold: [5, 'u32'],
  lowerThreshold: [6, 'u32'],
  activeConnections: [7, 'u32'],
  inactiveConnections: [8, 'u32'],
  family: [11, 'u16'],
} as const satisfies AttributeTable

/** IPVS_CMD_ATTR_*: what stands directly behind the header. */
export const IPVS_MESSAGE = {
  service: [1, SERVICE],
  destination: [2, DESTINATION],
  timeoutTcp: [4, 'u32'],
  timeoutTcpFin: [5, 'u32'],
  timeoutUdp: [6, 'u32'],
} as const satisfies AttributeTable
