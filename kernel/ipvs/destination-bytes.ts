/**
 * Requests about destinations, of which a cluster has tens of thousands: from a layout instead of attribute by attribute, and with
 * the server's part kept for the next destination of the same server. Pure but for that memory.
 */
import { addressBytes, type IpAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { layoutOf } from '../netlink/attribute-layout.ts'
import { FORWARD_MASQUERADE, IPVS_MESSAGE } from './attributes.ts'
import { addressFamily, checkedPort, checkedWeight, UNION_BYTES } from './fields.ts'
import type { Destination, VirtualServerId } from './types.ts'

const IDENTITY = { family: 0, protocol: 0, address: Buffer.alloc(UNION_BYTES), port: 0 }
const PLACE = { address: Buffer.alloc(UNION_BYTES), port: 0, family: 0 }
const SETTINGS = { forwarding: FORWARD_MASQUERADE, weight: 0, upperThreshold: 0, lowerThreshold: 0 }

const SERVER = layoutOf(IPVS_MESSAGE, { service: IDENTITY })
const NAMED = layoutOf(IPVS_MESSAGE, { service: IDENTITY, destination: PLACE })
const WHOLE = layoutOf(IPVS_MESSAGE, { service: IDENTITY, destination: { ...PLACE, ...SETTINGS } })

/** The attributes that name a server. @throws RangeError, TypeError */
export const serverBytes = (server: VirtualServerId): Buffer => {
  const bytes = Buffer.from(SERVER.bytes)
  const at = SERVER.offsets.service
  bytes.writeUInt16LE(addressFamily(server.address), at.family)
  bytes.writeUInt16LE(PROTOCOL_NUMBER[server.protocol], at.protocol)
  bytes.set(addressBytes(server.address), at.address)
  bytes.writeUInt16BE(checkedPort('port', server.port), at.port)
  return bytes
}

/** The attributes that name a server and one of its destinations. @throws RangeError, TypeError */
export const namedDestinationBytes = (server: VirtualServerId, place: { address: IpAddress; port: number }): Buffer => {
  const bytes = Buffer.from(NAMED.bytes)
  writeServer(bytes, server)
  writePlace(bytes, NAMED.offsets.destination, place)
  return bytes
}

/** The attributes of a whole destination. @throws RangeError, TypeError */
export const destinationBytes = (server: VirtualServerId, destination: Destination): Buffer => {
  const bytes = Buffer.from(WHOLE.bytes)
  writeServer(bytes, server)
  writePlace(bytes, WHOLE.offsets.destination, destination)
  bytes.writeUInt32LE(checkedWeight(destination.weight), WHOLE.offsets.destination.weight)
  return bytes
}

let latest: { readonly server: VirtualServerId; readonly bytes: Buffer } | undefined

/** Every message here begins with the same nest. */
const writeServer = (bytes: Buffer, server: VirtualServerId): void => {
  if (latest === undefined || !isSame(latest.server, server)) latest = { server: { ...server }, bytes: serverBytes(server) }
  bytes.set(latest.bytes)
}

const isSame = (one: VirtualServerId, other: VirtualServerId): boolean =>
  one.port === other.port && one.address === other.address && one.protocol === other.protocol

const writePlace = (bytes: Buffer, at: typeof NAMED.offsets.destination, { address, port }: { address: IpAddress; port: number }): void => {
  bytes.set(addressBytes(address), at.address)
  bytes.writeUInt16BE(checkedPort('destination port', port), at.port)
  bytes.writeUInt16LE(addressFamily(address), at.family)
}
