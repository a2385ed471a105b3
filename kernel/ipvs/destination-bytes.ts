/**
 * Requests about destinations, of which a cluster has tens of thousands: from a layout instead of attribute by attribute, and with
 * the server's part kept for the next destination of the same server. Pure but for that memory.
 */
import { addressBytes, type IpAddress } from '#net/address.ts'
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { layoutOf } from '../netlink/attribute-layout.ts'
import { FORWARD_MASQUERADE, IPVS_MESSAGE } from './attributes.ts'
import { addressFamily, checkedMark, checkedPort, checkedWeight, netlinkFamily, UNION_BYTES } from './fields.ts'
import { isMarkServer, serverText } from './server-id.ts'
import type { AddressServerId, Destination, MarkServerId, VirtualServerId } from './types.ts'

const IDENTITY = { family: 0, protocol: 0, address: Buffer.alloc(UNION_BYTES), port: 0 }
const PLACE = { address: Buffer.alloc(UNION_BYTES), port: 0, family: 0 }
const SETTINGS = { forwarding: FORWARD_MASQUERADE, weight: 0, upperThreshold: 0, lowerThreshold: 0 }

const MARK_IDENTITY = { family: 0, firewallMark: 0 }

const SERVER = layoutOf(IPVS_MESSAGE, { service: IDENTITY })
const MARK_SERVER = layoutOf(IPVS_MESSAGE, { service: MARK_IDENTITY })
/** Without the server's nest, which differs in length and is put before it. */
const NAMED = layoutOf(IPVS_MESSAGE, { destination: PLACE })
const WHOLE = layoutOf(IPVS_MESSAGE, { destination: { ...PLACE, ...SETTINGS } })

/** The attributes that name a server. @throws RangeError, TypeError */
export const serverBytes = (server: VirtualServerId): Buffer =>
  isMarkServer(server) ? markServerBytes(server) : addressServerBytes(server)

const markServerBytes = ({ fwmark, family }: MarkServerId): Buffer => {
  const bytes = Buffer.from(MARK_SERVER.bytes)
  const at = MARK_SERVER.offsets.service
  bytes.writeUInt16LE(netlinkFamily(family), at.family)
  bytes.writeUInt32LE(checkedMark(fwmark), at.firewallMark)
  return bytes
}

const addressServerBytes = (server: AddressServerId): Buffer => {
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
  writePlace(bytes, NAMED.offsets.destination, place)
  return Buffer.concat([rememberedServerBytes(server), bytes])
}

/** The attributes of a whole destination. @throws RangeError, TypeError */
export const destinationBytes = (server: VirtualServerId, destination: Destination): Buffer => {
  const bytes = Buffer.from(WHOLE.bytes)
  writePlace(bytes, WHOLE.offsets.destination, destination)
  bytes.writeUInt32LE(checkedWeight(destination.weight), WHOLE.offsets.destination.weight)
  return Buffer.concat([rememberedServerBytes(server), bytes])
}

let latest: { readonly name: string; readonly bytes: Buffer } | undefined

/** Every message here begins with the same nest, and destinations come server by server. */
const rememberedServerBytes = (server: VirtualServerId): Buffer => {
  const name = serverText(server)
  if (latest?.name !== name) latest = { name, bytes: serverBytes(server) }
  return latest.bytes
}

const writePlace = (bytes: Buffer, at: typeof NAMED.offsets.destination, { address, port }: { address: IpAddress; port: number }): void => {
  bytes.set(addressBytes(address), at.address)
  bytes.writeUInt16BE(checkedPort('destination port', port), at.port)
  bytes.writeUInt16LE(addressFamily(address), at.family)
}
