/** IPVS requests as bytes. Pure. */
import { addressBytes, familyOf, type IpAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { genericRequest } from '../generic-netlink.ts'
import { type AttributeValues, encodeAttributes } from '../netlink/attributes.ts'
import type { NetlinkRequest } from '../netlink/message.ts'
import * as ipvs from './attributes.ts'
import type { Destination, IpvsOperation, IpvsTimeouts, VirtualServer, VirtualServerId } from './types.ts'

type Message = AttributeValues<typeof ipvs.IPVS_MESSAGE>

/**
 * The request that carries out one operation; the kernel answers with an acknowledgement.
 * @param family the generic netlink family's id
 * @throws RangeError that names the field, its value and what is legal; TypeError for an address that is none
 */
export const encodeOperation = (family: number, operation: IpvsOperation): NetlinkRequest => {
  const [words, command] = VERBS[operation.verb]
  return encodeRequest(family, { operation: `${words} ${nameOf(operation)}`, command, message: messageOf(operation) })
}

/** The dump of all virtual servers. */
export const encodeServersDump = (family: number): NetlinkRequest =>
  encodeRequest(family, { operation: 'list virtual servers', command: ipvs.COMMAND.getService, message: {} })

/** The dump of one server's destinations; an unknown server's is empty. */
export const encodeDestinationsDump = (family: number, server: VirtualServerId): NetlinkRequest =>
  encodeRequest(family, {
    operation: `list destinations of ${serverName(server)}`,
    command: ipvs.COMMAND.getDestination,
    message: { service: identityOf(server) },
  })

/** The question for the connection timeouts. */
export const encodeTimeoutsQuery = (family: number): NetlinkRequest =>
  encodeRequest(family, { operation: 'read IPVS timeouts', command: ipvs.COMMAND.getConfig, message: {} })

/** @throws RangeError that names the timeout */
export const encodeTimeouts = (family: number, { tcp, tcpFin, udp }: IpvsTimeouts): NetlinkRequest =>
  encodeRequest(family, {
    operation: 'set IPVS timeouts',
    command: ipvs.COMMAND.setConfig,
    message: {
      timeoutTcp: checked('tcp timeout', tcp, MAX_SECONDS),
      timeoutTcpFin: checked('tcpFin timeout', tcpFin, MAX_SECONDS),
      timeoutUdp: checked('udp timeout', udp, MAX_SECONDS),
    },
  })

const VERBS: Readonly<Record<IpvsOperation['verb'], readonly [words: string, command: number]>> = {
  addServer: ['add virtual server', ipvs.COMMAND.newService],
  setServer: ['set virtual server', ipvs.COMMAND.setService],
  deleteServer: ['delete virtual server', ipvs.COMMAND.deleteService],
  addDestination: ['add destination', ipvs.COMMAND.newDestination],
  setDestination: ['set destination', ipvs.COMMAND.setDestination],
  deleteDestination: ['delete destination', ipvs.COMMAND.deleteDestination],
}

interface Request {
  readonly operation: string
  readonly command: number
  readonly message: Message
}

const encodeRequest = (family: number, { operation, command, message }: Request): NetlinkRequest =>
  genericRequest({ operation, type: family, command, version: ipvs.IPVS_VERSION, attributes: encodeAttributes(ipvs.IPVS_MESSAGE, message) })

const nameOf = (operation: IpvsOperation): string =>
  'destination' in operation ? `${endpointName(operation.destination)} of ${serverName(operation.server)}` : serverName(operation.server)

const serverName = (server: VirtualServerId): string => `${server.protocol} ${endpointName(server)}`

const endpointName = ({ address, port }: { address: IpAddress; port: number }): string =>
  familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`

const messageOf = (operation: IpvsOperation): Message => {
  const service = identityOf(operation.server)
  switch (operation.verb) {
    case 'addServer':
    case 'setServer':
      return { service: { ...service, ...settingsOf(operation.server) } }
    case 'deleteServer':
      return { service }
    case 'addDestination':
    case 'setDestination':
      return { service, destination: { ...placeOf(operation.destination), ...weightOf(operation.destination) } }
    case 'deleteDestination':
      return { service, destination: placeOf(operation.destination) }
  }
}

type Service = NonNullable<Message['service']>
type DestinationAttributes = NonNullable<Message['destination']>

const identityOf = ({ protocol, address, port }: VirtualServerId): Service => ({
  family: addressFamily(address),
  protocol: PROTOCOL_NUMBER[protocol],
  address: unionOf(address),
  port: checked('port', port, MAX_PORT),
})

const settingsOf = (server: VirtualServer): Service => {
  const persistent = server.persistenceSeconds > 0 ? ipvs.FLAG_PERSISTENT : 0
  return {
    scheduler: checkedScheduler(server.scheduler),
    flags: flagsAndMask(checkedSchedulerFlags(server.schedulerFlags) | persistent),
    timeout: checked('persistenceSeconds', server.persistenceSeconds, MAX_SECONDS),
    netmask: familyOf(server.address) === 6 ? SINGLE_CLIENT_V6 : SINGLE_CLIENT_V4,
  }
}

const placeOf = ({ address, port }: { address: IpAddress; port: number }): DestinationAttributes => ({
  address: unionOf(address),
  port: checked('destination port', port, MAX_PORT),
  family: addressFamily(address),
})

const weightOf = ({ weight }: Destination): DestinationAttributes => ({
  forwarding: ipvs.FORWARD_MASQUERADE,
  weight: checked('weight', weight, MAX_U32),
  upperThreshold: 0,
  lowerThreshold: 0,
})

const addressFamily = (address: IpAddress): number => (familyOf(address) === 6 ? ipvs.AF_INET6 : ipvs.AF_INET)

/** union nf_inet_addr: 16 bytes for either family. */
const unionOf = (address: IpAddress): Buffer => {
  const union = Buffer.alloc(16)
  union.set(addressBytes(address))
  return union
}

/** Persistence sticks to one client address: an IPv4 mask in network order, an IPv6 prefix length in the machine's. */
const SINGLE_CLIENT_V4 = Buffer.of(255, 255, 255, 255)
const SINGLE_CLIENT_V6 = Buffer.of(128, 0, 0, 0)

/** Every flag that is not the kernel's own, so that setServer also clears what a stranger set. */
const FLAGS_MASK = ipvs.FLAG_PERSISTENT | ipvs.FLAG_ONE_PACKET | ipvs.FLAGS_SCHEDULER

/** struct ip_vs_flags { u32 flags; u32 mask } */
const flagsAndMask = (flags: number): Buffer => Buffer.of(flags, 0, 0, 0, FLAGS_MASK, 0, 0, 0)

const MAX_PORT = 0xffff
const MAX_U32 = 0xffff_ffff
/** The kernel keeps seconds times CONFIG_HZ (at most 1000) in 31 bits. */
const MAX_SECONDS = Math.floor(0x7fff_ffff / 1000)

const checked = (field: string, value: number, maximum: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > maximum) throw new RangeError(`${field} ${value}: not an integer of 0..${maximum}`)
  return value
}

const checkedSchedulerFlags = (flags: number): number => {
  if ((flags & ipvs.FLAGS_SCHEDULER) !== flags) throw new RangeError(`schedulerFlags ${flags}: not a sum of 8, 16 and 32`)
  return flags
}

/** IP_VS_SCHEDNAME_MAXLEN is 16 with the NUL; the kernel asks modprobe for `ip_vs_NAME`. */
const checkedScheduler = (scheduler: string): string => {
  if (!/^[a-z0-9_]{1,15}$/.test(scheduler)) throw new RangeError(`scheduler ${JSON.stringify(scheduler)}: not 1..15 of a-z, 0-9, _`)
  return scheduler
}
