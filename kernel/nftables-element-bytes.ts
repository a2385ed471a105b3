/**
 * Elements of nf_tables' sets and maps as bytes. Of a cluster's tens of thousands none is written attribute by attribute: their form is always
 *
 *   ELEMENTS nest: a list of nests { KEY { VALUE }, DATA { VALUE }, KEY_END { VALUE } }
 *
 * @see include/uapi/linux/netfilter/nf_tables.h
 */
import { ATTRIBUTE_HEADER_BYTES } from './netlink/attributes.ts'
import { groupFrom } from './netlink/groups-that-fit.ts'
import { putU16 } from './netlink/put.ts'
import type { NftElement } from './nftables-netlink.ts'

/** An element as it is written. */
export type WrittenElement = Omit<NftElement, 'intervalEnd'>

/** A nest's length has 16 bits. */
const NEST_BYTES = 60_000

/** All elements, in as few ELEMENTS attributes as can hold them. */
export const nestsOf = (elements: readonly WrittenElement[]): Buffer[] => {
  const nests: Buffer[] = []
  for (let start = 0; start < elements.length; ) {
    const { group, bytes } = groupFrom(elements, start, FITTING)
    nests.push(nestOf(group, bytes))
    start += group.length
  }
  return nests
}

const elementBytes = ({ key, data, keyEnd }: WrittenElement): number =>
  ATTRIBUTE_HEADER_BYTES + valueBytes(key) + (data === undefined ? 0 : valueBytes(data)) + (keyEnd === undefined ? 0 : valueBytes(keyEnd))

const FITTING = { lengthOf: elementBytes, most: NEST_BYTES }

/** A nest with one attribute. */
const valueBytes = ({ length }: Buffer): number => (2 * ATTRIBUTE_HEADER_BYTES + length + 3) & ~3

const NLA_F_NESTED = 0x8000
const NFTA_SET_ELEM_LIST_ELEMENTS = 3
const NFTA_LIST_ELEM = 1
const NFTA_SET_ELEM_KEY = 1
const NFTA_SET_ELEM_DATA = 2
const NFTA_SET_ELEM_KEY_END = 10
const NFTA_DATA_VALUE = 1

const nestOf = (elements: readonly WrittenElement[], bytes: number): Buffer => {
  const nest = Buffer.alloc(ATTRIBUTE_HEADER_BYTES + bytes)
  putHeader(nest, 0, { length: nest.length, type: NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED })
  let at = ATTRIBUTE_HEADER_BYTES
  for (const element of elements) at = putElement(nest, at, element)
  return nest
}

const putElement = (nest: Buffer, start: number, { key, data, keyEnd }: WrittenElement): number => {
  let at = putValue(nest, start + ATTRIBUTE_HEADER_BYTES, NFTA_SET_ELEM_KEY, key)
  if (data !== undefined) at = putValue(nest, at, NFTA_SET_ELEM_DATA, data)
  if (keyEnd !== undefined) at = putValue(nest, at, NFTA_SET_ELEM_KEY_END, keyEnd)
  putHeader(nest, start, { length: at - start, type: NFTA_LIST_ELEM | NLA_F_NESTED })
  return at
}

const putValue = (nest: Buffer, at: number, type: number, value: Buffer): number => {
  putHeader(nest, at, { length: valueBytes(value), type: type | NLA_F_NESTED })
  putHeader(nest, at + ATTRIBUTE_HEADER_BYTES, { length: ATTRIBUTE_HEADER_BYTES + value.length, type: NFTA_DATA_VALUE })
  nest.set(value, at + 2 * ATTRIBUTE_HEADER_BYTES)
  return at + valueBytes(value)
}

const putHeader = (nest: Buffer, at: number, { length, type }: { readonly length: number; readonly type: number }): void => {
  putU16(nest, at, length)
  putU16(nest, at + 2, type)
}
