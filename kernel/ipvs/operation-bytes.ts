/**
 * Changes as bytes, of which a starting proxy sends tens of thousands: models that are copied and written over, instead of attribute by
 * attribute. Pure but for the memory of one model.
 */
import { familyOf, type IpAddress, writeAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { layoutOf } from '../netlink/attribute-layout.ts'
import { encodeAttributes } from '../netlink/attributes.ts'
import { putBe16, putU16, putU32 } from '../netlink/put.ts'
import { COMMAND, FORWARD_MASQUERADE, IPVS_MESSAGE, IPVS_VERSION } from './attributes.ts'
import {
  checkedMark,
  checkedPort,
  checkedScheduler,
  checkedSeconds,
  checkedWeight,
  flagsOf,
  netlinkFamily,
  singleClient,
  UNION_BYTES,
} from './fields.ts'
import { familyOfServer, isMarkServer } from './server-id.ts'
import type { Destination, IpvsOperation, ServerSettings, VirtualServer, VirtualServerId } from './types.ts'

const IDENTITY = { family: 0, protocol: 0, address: Buffer.alloc(UNION_BYTES), port: 0 }
const MARK_IDENTITY = { family: 0, firewallMark: 0 }
const PLACE = { address: Buffer.alloc(UNION_BYTES), port: 0, family: 0 }
const SETTINGS = { forwarding: FORWARD_MASQUERADE, weight: 0, upperThreshold: 0, lowerThreshold: 0 }

const SERVER = layoutOf(IPVS_MESSAGE, { service: IDENTITY })
const MARK_SERVER = layoutOf(IPVS_MESSAGE, { service: MARK_IDENTITY })
/** Without the server's nest, which differs in length and is put before it. */
const NAMED = layoutOf(IPVS_MESSAGE, { destination: PLACE })
const WHOLE = layoutOf(IPVS_MESSAGE, { destination: { ...PLACE, ...SETTINGS } })

/** genlmsghdr: u8 command | u8 version | u16 0 */
const HEADER_BYTES = 4

const COMMANDS: Readonly<Record<IpvsOperation['verb'], number>> = {
  addServer: COMMAND.newService,
  setServer: COMMAND.setService,
  deleteServer: COMMAND.deleteService,
  addDestination: COMMAND.newDestination,
  setDestination: COMMAND.setDestination,
  deleteDestination: COMMAND.deleteDestination,
}

/** A generic netlink message, header and attributes. @throws RangeError that names the field, its value and what is legal; TypeError */
export const operationBytes = (operation: IpvsOperation): Buffer => {
  const bytes = bodyOf(operation)
  bytes[0] = COMMANDS[operation.verb]
  bytes[1] = IPVS_VERSION
  return bytes
}

/** The attributes that name a server. @throws RangeError, TypeError */
export const serverBytes = (server: VirtualServerId): Buffer => namedServer(server).subarray(HEADER_BYTES)

/** With room for the header. */
const bodyOf = (operation: IpvsOperation): Buffer => {
  switch (operation.verb) {
    case 'addServer':
    case 'setServer':
      return wholeServer(operation.server)
    case 'deleteServer':
      return namedServer(operation.server)
    case 'addDestination':
    case 'setDestination':
      return wholeDestination(operation.server, operation.destination)
    case 'deleteDestination':
      return namedDestination(operation.server, operation.destination)
  }
}

/** Copies of models, one after another, behind the header. */
const copied = (first: Buffer, second?: Buffer): Buffer => {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + first.length + (second?.length ?? 0))
  bytes.set(first, HEADER_BYTES)
  if (second !== undefined) bytes.set(second, HEADER_BYTES + first.length)
  bytes[2] = bytes[3] = 0
  return bytes
}

const identityOf = (server: VirtualServerId): Buffer => (isMarkServer(server) ? MARK_SERVER.bytes : SERVER.bytes)

const namedServer = (server: VirtualServerId): Buffer => {
  const bytes = copied(identityOf(server))
  writeIdentity(bytes, server)
  return bytes
}

const wholeServer = (server: VirtualServer): Buffer => {
  const bytes = copied(settledServer(server))
  writeIdentity(bytes, server)
  return bytes
}

interface SettledServer {
  readonly like: VirtualServer
  readonly bytes: Buffer
}

let latest: SettledServer | undefined

/** Nearly all servers of a cluster have the same settings: what was made for the one before serves for the next. */
const settledServer = (server: VirtualServer): Buffer => {
  if (latest === undefined || !haveSameSettings(latest.like, server)) {
    const identity = isMarkServer(server) ? MARK_IDENTITY : IDENTITY
    latest = { like: server, bytes: encodeAttributes(IPVS_MESSAGE, { service: { ...identity, ...settingsOf(server) } }) }
  }
  return latest.bytes
}

const haveSameSettings = (one: VirtualServer, other: VirtualServer): boolean =>
  one.scheduler === other.scheduler &&
  one.schedulerFlags === other.schedulerFlags &&
  one.persistenceSeconds === other.persistenceSeconds &&
  one.spareSeconds === other.spareSeconds &&
  isMarkServer(one) === isMarkServer(other) &&
  familyOfServer(one) === familyOfServer(other)

const settingsOf = (server: VirtualServer) => ({
  scheduler: checkedScheduler(server.scheduler),
  flags: flagsOf(server),
  timeout: timeoutOf(server),
  netmask: singleClient(familyOfServer(server)),
})

/** One field of the kernel's for both: with persistence the clients' time, without it whatever was written. */
const timeoutOf = ({ persistenceSeconds, spareSeconds = 0 }: ServerSettings): number =>
  persistenceSeconds > 0 ? checkedSeconds('persistenceSeconds', persistenceSeconds) : checkedSeconds('spareSeconds', spareSeconds)

const namedDestination = (server: VirtualServerId, place: Place): Buffer => {
  const identity = identityOf(server)
  const bytes = copied(identity, NAMED.bytes)
  writeIdentity(bytes, server)
  writePlace(bytes, { start: HEADER_BYTES + identity.length, at: NAMED.offsets.destination }, place)
  return bytes
}

const wholeDestination = (server: VirtualServerId, destination: Destination): Buffer => {
  const identity = identityOf(server)
  const bytes = copied(identity, WHOLE.bytes)
  const [start, at] = [HEADER_BYTES + identity.length, WHOLE.offsets.destination]
  writeIdentity(bytes, server)
  writePlace(bytes, { start, at }, destination)
  putU32(bytes, start + at.weight, checkedWeight(destination.weight))
  return bytes
}

/** Every request begins with the server's nest, and that with what names it. */
const writeIdentity = (bytes: Buffer, server: VirtualServerId): void => {
  if (isMarkServer(server)) {
    const at = MARK_SERVER.offsets.service
    putU16(bytes, HEADER_BYTES + at.family, netlinkFamily(server.family))
    putU32(bytes, HEADER_BYTES + at.firewallMark, checkedMark(server.fwmark))
    return
  }
  const at = SERVER.offsets.service
  putU16(bytes, HEADER_BYTES + at.family, netlinkFamily(familyOf(server.address)))
  putU16(bytes, HEADER_BYTES + at.protocol, PROTOCOL_NUMBER[server.protocol])
  writeAddress(server.address, bytes, HEADER_BYTES + at.address)
  putBe16(bytes, HEADER_BYTES + at.port, checkedPort('port', server.port))
}

interface Place {
  readonly address: IpAddress
  readonly port: number
}

const writePlace = (
  bytes: Buffer,
  { start, at }: { readonly start: number; readonly at: typeof NAMED.offsets.destination },
  { address, port }: Place,
): void => {
  writeAddress(address, bytes, start + at.address)
  putBe16(bytes, start + at.port, checkedPort('destination port', port))
  putU16(bytes, start + at.family, netlinkFamily(familyOf(address)))
}
