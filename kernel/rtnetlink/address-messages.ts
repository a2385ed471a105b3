/**
 * Messages about addresses on devices. struct ifaddrmsg and IFA_*, include/uapi/linux/if_addr.h.
 *
 *   ifaddrmsg: u8 family | u8 prefix length | u8 flags | u8 scope | u32 device index, then attributes
 */
import { getU32 } from 'netlink/dist/structs.js'
import { addressBytes, addressFromBytes, addressNumber, addressOfNumber, type Family, familyOf, type IpAddress } from '#net/address.ts'
import { type Cidr, formatCidr } from '#net/cidr.ts'
import { type NetlinkReply, type NetlinkRequest, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/message.ts'
import type { LinkAddress } from './types.ts'
import {
  attribute,
  attributesOf,
  familyNumber,
  familyNumberOf,
  familyOfNumber,
  putBytes,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from './wire.ts'

/** For point-to-point devices IFA_ADDRESS is the other end; IFA_LOCAL is ours wherever the kernel sends it. */
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_BROADCAST = 4
/** All 32 bits of the flags, of which the header holds 8. */
const IFA_FLAGS = 8

const IFADDRMSG_BYTES = 8

const ifaddrmsg = (family: number, prefixLength = 0, index = 0): Buffer => {
  const bytes = Buffer.alloc(IFADDRMSG_BYTES)
  bytes.writeUInt8(family, 0)
  bytes.writeUInt8(prefixLength, 1)
  bytes.writeUInt32LE(index, 4)
  return bytes
}

export const addAddressRequest = (index: number, cidr: Cidr): NetlinkRequest => ({
  operation: `add address ${formatCidr(cidr)} to link ${index}`,
  type: RTM_NEWADDR,
  flags: NLM_F_CREATE | NLM_F_EXCL,
  payload: [...addressOn(index, cidr), ...attribute(IFA_BROADCAST, broadcastOf(cidr), addressBytes)],
})

export const deleteAddressRequest = (index: number, cidr: Cidr): NetlinkRequest => ({
  operation: `delete address ${formatCidr(cidr)} from link ${index}`,
  type: RTM_DELADDR,
  flags: 0,
  payload: addressOn(index, cidr),
})

const addressOn = (index: number, { address, prefixLength }: Cidr): Uint8Array[] => {
  const bytes = addressBytes(address)
  return [
    ifaddrmsg(familyNumberOf(address), prefixLength, index),
    ...attribute(IFA_LOCAL, bytes, putBytes),
    ...attribute(IFA_ADDRESS, bytes, putBytes),
  ]
}

/** The last address of the network. Networks of one or two addresses have none (RFC 3021), nor has IPv6. */
const broadcastOf = ({ address, prefixLength }: Cidr): IpAddress | undefined => {
  if (familyOf(address) === 6 || prefixLength >= 31) return undefined
  const hostMask = (1n << BigInt(32 - prefixLength)) - 1n
  return addressOfNumber(addressNumber(address) | hostMask, 4)
}

export const dumpAddressesRequest = (family: Family | undefined): NetlinkRequest => ({
  operation: 'list addresses',
  type: RTM_GETADDR,
  flags: 0,
  payload: ifaddrmsg(family === undefined ? 0 : familyNumber(family)),
})

/** Reads an RTM_NEWADDR message; undefined when it is of another family than IPv4 and IPv6. */
export const decodeAddress = ({ payload }: NetlinkReply): LinkAddress | undefined => {
  const attributes = attributesOf(payload.subarray(IFADDRMSG_BYTES))
  const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS)
  if (familyOfNumber(payload.readUInt8(0)) === undefined || address === undefined) return undefined
  const flags = attributes.get(IFA_FLAGS)
  return {
    address: addressFromBytes(address),
    prefixLength: payload.readUInt8(1),
    link: payload.readUInt32LE(4),
    scope: payload.readUInt8(3),
    flags: flags === undefined ? payload.readUInt8(2) : getU32(flags),
  }
}
