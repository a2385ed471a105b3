/**
 * Attributes of rtnetlink messages.
 *
 *   attribute: u16 length (with this header, without padding) | u16 type, NLA_F_NESTED 0x8000 | value, padded to 4 bytes
 *
 * The tables of the `netlink` package (`dist/rt`) are not used: loading them costs an executable 4 ms, and they refuse messages of today's
 * kernels (a route with RTA_VIA ends a whole dump with an exception). They are the second reader in our tests.
 */
import { type Family, familyOf, type IpAddress } from '#net/address.ts'
import { parseMac } from '#net/mac.ts'
import { KernelError } from '../errno.ts'

/** Message types, include/uapi/linux/rtnetlink.h. */
export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_GETNEIGH = 30

/** Address families, include/linux/socket.h. */
export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10

const ATTRIBUTE_HEADER_BYTES = 4
const NLA_F_NESTED = 0x8000
/** Without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const NLA_TYPE_MASK = 0x3fff
const EINVAL = 22
const EPROTO = 71

/** One attribute as aligned bytes; nothing when the value is absent. */
export const attribute = <T>(type: number, value: T | undefined, put: (value: T) => Uint8Array): Uint8Array[] =>
  value === undefined ? [] : [attributeBytes(type, [put(value)])]

/** An attribute that holds attributes. NLA_F_NESTED is always set: some have it demanded (IFLA_PROTINFO), none forbid it. */
export const nested = (type: number, ...children: readonly Uint8Array[][]): Uint8Array[] => [
  attributeBytes(type | NLA_F_NESTED, children.flat()),
]

const attributeBytes = (type: number, pieces: readonly Uint8Array[]): Buffer => {
  let length = ATTRIBUTE_HEADER_BYTES
  for (const piece of pieces) length += piece.length
  const bytes = Buffer.alloc((length + 3) & ~3)
  bytes.writeUInt16LE(length, 0)
  bytes.writeUInt16LE(type, 2)
  let offset = ATTRIBUTE_HEADER_BYTES
  for (const piece of pieces) {
    bytes.set(piece, offset)
    offset += piece.length
  }
  return bytes
}

/**
 * The attributes of `bytes` by type; the values are views. Not by the package's parseAttributes, which makes two views and an object
 * of each: the first link took a Bun executable on a busy machine 5 ms with it, and 0.05 ms without.
 * @param wanted these types only: of a link's fifty attributes few are read
 * @throws KernelError EPROTO when lengths do not add up
 */
export const attributesOf = (bytes: Buffer, wanted?: readonly number[]): Map<number, Buffer> => {
  const found = new Map<number, Buffer>()
  eachAttribute(bytes, wanted, (type, value) => found.set(type, value))
  return found
}

/** The values of every attribute of one type, where it may stand several times. @throws KernelError EPROTO when lengths do not add up */
export const attributeValues = (bytes: Buffer, wanted: number): Buffer[] => {
  const found: Buffer[] = []
  eachAttribute(bytes, [wanted], (_, value) => found.push(value))
  return found
}

const eachAttribute = (bytes: Buffer, wanted: readonly number[] | undefined, take: (type: number, value: Buffer) => void): void => {
  for (let offset = 0; offset < bytes.length; ) {
    // Both numbers at once: a link has fifty attributes.
    const header = offset + ATTRIBUTE_HEADER_BYTES <= bytes.length ? bytes.readUInt32LE(offset) : 0
    const length = header & 0xffff
    const end = offset + length
    if (length < ATTRIBUTE_HEADER_BYTES || end > bytes.length) throw new KernelError('netlink attribute with a wrong length', EPROTO)
    const type = (header >>> 16) & NLA_TYPE_MASK
    if (wanted === undefined || wanted.includes(type)) take(type, bytes.subarray(offset + ATTRIBUTE_HEADER_BYTES, end))
    offset = (end + 3) & ~3
  }
}

/** The kernel's number of an address family. */
export const familyNumber = (family: Family): number => (family === 4 ? AF_INET : AF_INET6)

/** The family of an address, as the kernel's number. */
export const familyNumberOf = (address: IpAddress): number => familyNumber(familyOf(address))

/** The family of a kernel's number; undefined for others (MPLS, bridge, …). */
export const familyOfNumber = (number: number): Family | undefined => (number === AF_INET ? 4 : number === AF_INET6 ? 6 : undefined)

/** Passes bytes through, for attributes that are bytes already. */
export const putBytes = (bytes: Uint8Array): Uint8Array => bytes

/** The 6 bytes of `aa:bb:cc:dd:ee:ff`. @throws KernelError EINVAL for anything else */
export const macBytes = (mac: string): Uint8Array => {
  const bytes = parseMac(mac)
  if (bytes === undefined) throw new KernelError(`MAC address ${JSON.stringify(mac)}`, EINVAL)
  return bytes
}

/** A device name as a C string. @throws KernelError EINVAL for a name with a NUL byte, of which the kernel would read the front only */
export const putName = (name: string): Uint8Array => {
  if (name.includes('\0')) throw new KernelError(`interface name ${JSON.stringify(name)}`, EINVAL)
  return Buffer.from(`${name}\0`)
}
