/** Set and map elements from the kernel's bytes. A concatenated key is its fields, each padded to a multiple of 4 bytes. */
import type { NftElement } from '#kernel/nftables-netlink.ts'
import { addressFromBytes, type Family } from '#net/address.ts'
import { formatCidr, networkOf } from '#net/cidr.ts'
import { protocolOfNumber } from '#net/protocol.ts'
import { type MapName, markText, type SetName, type TableItem } from '../services/item.ts'

const ADDRESS_BYTES = { 4: 4, 6: 16 } as const
const PROTOCOL_AND_PORT_BYTES = 8

/** The item of an element read from `set`; undefined for one that only a stranger can have put there. */
export const tableItem = (set: SetName | MapName, element: NftElement): TableItem | undefined => {
  const text = elementText(set, element)
  if (text === undefined) return undefined
  if (!isMap(set)) return { kind: 'element', set, element: text }
  const { data } = element
  return data?.length === 4 ? { kind: 'mark', set, element: text, mark: data.readUInt32LE(0) } : undefined
}

const isMap = (set: SetName | MapName): set is MapName => set === 'outside4' || set === 'outside6'

const elementText = (set: SetName | MapName, { key, keyEnd }: NftElement): string | undefined => {
  if (set === 'marks') return markText(key.readUInt32LE(0))
  const family: Family = set.endsWith('4') ? 4 : 6
  const bytes = ADDRESS_BYTES[family]
  const first = addressFromBytes(key.subarray(0, bytes))
  const rest = key.subarray(bytes)
  if (set.startsWith('address')) return first
  if (set.startsWith('hairpin')) return `${first} . ${addressFromBytes(rest.subarray(0, bytes))}`
  const protocol = protocolOfNumber(rest.readUInt8(0))
  if (protocol === undefined) return undefined
  const exposed = `${first} . ${protocol} . ${rest.readUInt16BE(4)}`
  if (!set.startsWith('allowed')) return exposed
  const start = bytes + PROTOCOL_AND_PORT_BYTES
  const network = networkText(key.subarray(start), (keyEnd ?? key).subarray(start))
  return network === undefined ? undefined : `${exposed} . ${network}`
}

/** The network that a range of addresses is; undefined when it is none. */
const networkText = (first: Buffer, last: Buffer): string | undefined => {
  const bits = [...first].map((byte, index) => byte ^ (last[index] ?? 0)).map((difference) => difference.toString(2).padStart(8, '0'))
  const pattern = /^(0*)1*$/.exec(bits.join(''))
  const prefixLength = pattern?.[1]?.length
  if (prefixLength === undefined) return undefined
  const network = { address: addressFromBytes(first), prefixLength }
  return networkOf(network).address === network.address ? formatCidr(network) : undefined
}
