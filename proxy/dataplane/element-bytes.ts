/** Set and map elements as the kernel's bytes. A concatenated key is its fields, each padded to a multiple of 4 bytes. */
import type { WrittenElement } from '#kernel/nftables-elements.ts'
import { addressBytes } from '#net/address.ts'
import { parseCidr } from '#net/cidr.ts'
import { PROTOCOL_NUMBER, type Protocol } from '#net/protocol.ts'
import type { TableItem } from '../services/item.ts'

/** The element of an item, as its set or map holds it. @throws TypeError for a text that is none of its set's elements */
export const writtenElement = (item: TableItem): WrittenElement => {
  const fields = item.element.split(' . ')
  const last = fields.at(-1) ?? ''
  if (!last.includes('/')) return { key: Buffer.concat(fields.map(fieldBytes)), ...dataOf(item) }
  const exposed = Buffer.concat(fields.slice(0, -1).map(fieldBytes))
  const [first, end] = boundsOf(last)
  return { key: Buffer.concat([exposed, first]), keyEnd: Buffer.concat([exposed, end]) }
}

const dataOf = (item: TableItem): Pick<WrittenElement, 'data'> => (item.kind === 'element' ? {} : { data: markBytes(item.mark) })

/** A mark is in the machine's order. */
const markBytes = (mark: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(mark)
  return bytes
}

/** An address, a protocol's name, a port, or a mark. */
const fieldBytes = (field: string): Uint8Array => {
  const protocol = PROTOCOL_NUMBER[field as Protocol]
  if (protocol !== undefined) return Uint8Array.of(protocol, 0, 0, 0)
  if (/^[0-9]+$/.test(field)) return Uint8Array.of(Number(field) >> 8, Number(field) & 0xff, 0, 0)
  return field.startsWith('0x') ? markBytes(Number(field)) : addressBytes(field)
}

/** The first and the last address of a network. */
const boundsOf = (network: string): [first: Uint8Array, last: Uint8Array] => {
  const cidr = parseCidr(network)
  if (cidr === undefined) throw new TypeError(`invalid network ${network}`)
  const bytes = addressBytes(cidr.address)
  const hostMask = bytes.map((_, index) => 0xff >> Math.min(8, Math.max(0, cidr.prefixLength - 8 * index)))
  return [bytes.map((byte, index) => byte & ~(hostMask[index] ?? 0)), bytes.map((byte, index) => byte | (hostMask[index] ?? 0))]
}
