/** Set elements between the kernel's bytes and nft's text. A concatenated key is its fields, each padded to a multiple of 4 bytes. */
import type { NftElement } from '#kernel/nftables-netlink.ts'
import { addressFromBytes } from '#net/address.ts'
import { protocolOfNumber } from '#net/protocol.ts'
import type { ElementItem, SetName } from '../services/item.ts'

const ADDRESS_BYTES = { 4: 4, 6: 16 } as const

/** The item of an element read from set `set`; undefined for one that only a stranger can have put there. */
export const elementItem = (set: SetName, { key }: NftElement): ElementItem | undefined => {
  const bytes = set.endsWith('4') ? ADDRESS_BYTES[4] : ADDRESS_BYTES[6]
  const first = addressFromBytes(key.subarray(0, bytes))
  const rest = key.subarray(bytes)
  const element = (text: string): ElementItem => ({ kind: 'element', set, element: text })
  if (set.startsWith('address')) return element(first)
  if (set.startsWith('hairpin')) return element(`${first} . ${addressFromBytes(rest.subarray(0, bytes))}`)
  const protocol = protocolOfNumber(rest.readUInt8(0))
  return protocol === undefined ? undefined : element(`${first} . ${protocol} . ${rest.readUInt16BE(4)}`)
}
