/** Set and map elements as the kernel's bytes. A concatenated key is its fields, each padded to a multiple of 4 bytes. */
import type { WrittenElement } from '#kernel/nftables-elements.ts'
import { addressBytes, writeAddress } from '#net/address.ts'
import { parseCidr } from '#net/cidr.ts'
import { PROTOCOL_NUMBER, type Protocol } from '#net/protocol.ts'
import { markText, type TableItem } from '../services/item.ts'

/** The element of an item, as its set or map holds it. @throws TypeError for a text that is none of its set's elements */
export const writtenElement = (item: TableItem): WrittenElement => {
  const fields = item.element.split(' . ')
  const last = fields.at(-1) ?? ''
  if (!last.includes('/'))
    return item.kind === 'element' ? { key: keyOf(fields) } : { key: keyOf(fields), data: keyOf([markText(item.mark)]) }
  const exposed = keyOf(fields.slice(0, -1))
  const [first, end] = boundsOf(last)
  return { key: Buffer.concat([exposed, first]), keyEnd: Buffer.concat([exposed, end]) }
}

const SHORT_BYTES = 4
const V6_BYTES = 16

/** Written field by field into one buffer: a starting proxy makes tens of thousands. */
const keyOf = (fields: readonly string[]): Buffer => {
  let length = 0
  for (const field of fields) length += field.includes(':') ? V6_BYTES : SHORT_BYTES
  const key = Buffer.alloc(length)
  let at = 0
  for (const field of fields) at += writeField(field, key, at)
  return key
}

/** Writes an address, a protocol's name, a port, or a mark, which is in the machine's order, into zeros; returns how many bytes it takes. */
const writeField = (field: string, key: Buffer, at: number): number => {
  const protocol = PROTOCOL_NUMBER[field as Protocol]
  if (protocol !== undefined) key[at] = protocol
  else if (field.startsWith('0x')) key.writeUInt32LE(Number(field), at)
  else if (/^[0-9]+$/.test(field)) key.writeUInt16BE(Number(field), at)
  else return writeAddress(field, key, at)
  return SHORT_BYTES
}

/** The first and the last address of a network. */
const boundsOf = (network: string): [first: Uint8Array, last: Uint8Array] => {
  const cidr = parseCidr(network)
  if (cidr === undefined) throw new TypeError(`invalid network ${network}`)
  const bytes = addressBytes(cidr.address)
  const hostMask = bytes.map((_, index) => 0xff >> Math.min(8, Math.max(0, cidr.prefixLength - 8 * index)))
  return [bytes.map((byte, index) => byte & ~(hostMask[index] ?? 0)), bytes.map((byte, index) => byte | (hostMask[index] ?? 0))]
}
