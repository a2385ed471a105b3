/** Reading fields of objects that may hold anything: missing, null and wrongly typed values read as empty. */
import { type IpAddress, parseAddress } from '#net/address.ts'
import type { Protocol } from '#net/protocol.ts'

/** A map with unknown values. */
export type Fields = Readonly<Record<string, unknown>>

/** Takes a sentence about something odd in an object that is used all the same. */
export type Report = (message: string) => void

/** An object that cannot be used: which one, which field, what is legal. */
export class ObjectError extends Error {
  override readonly name = 'ObjectError'
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A boolean; `missing` for anything else. */
export const flagOf = (value: unknown, missing: boolean): boolean => (typeof value === 'boolean' ? value : missing)

/** A port number, or undefined. */
export const portOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined

/** A protocol as Kubernetes writes it, TCP when missing; undefined for one that we do not know. */
export const protocolOf = (value: unknown): Protocol | undefined => (value === undefined || value === null ? 'tcp' : PROTOCOLS.get(value))

const PROTOCOLS: ReadonlyMap<unknown, Protocol> = new Map([
  ['TCP', 'tcp'],
  ['UDP', 'udp'],
  ['SCTP', 'sctp'],
])

/** A value as it is shown in a message: bounded, on one line. */
export const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80)

/**
 * The canonical address of `text`, the same string for the same address: the addresses of ten thousand endpoints are parsed once
 * and kept once. Undefined for what is no address. Leading zeros of IPv4 are decimal, as the API server reads what it stored long ago
 * (k8s.io/utils/net ParseIPSloppy).
 */
export const addressOf = (text: unknown): IpAddress | undefined => {
  if (typeof text !== 'string' || text.length > 45) return undefined
  const known = addresses.get(text)
  if (known !== undefined) return known
  const address = parseAddress(text.includes(':') ? text : text.replaceAll(/(^|\.)0+(?=[0-9])/g, '$1'))
  return address === undefined ? undefined : remember(addresses, text, address)
}

/** `text`, the same string for equal texts: for what many objects repeat, such as node names. */
export const shared = (text: string): string => (text.length > LONGEST_NAME ? text : (texts.get(text) ?? remember(texts, text, text)))

/** Of names in Kubernetes (DNS-1123 subdomain). Longer texts are nobody's names, and would be remembered when their object is gone. */
const LONGEST_NAME = 253

const addresses = new Map<string, IpAddress>()
const texts = new Map<string, string>()
/** Beyond this many, the memory starts anew: sharing is for size, not for meaning. */
const REMEMBERED = 65_536

const remember = (memory: Map<string, string>, text: string, value: string): string => {
  if (memory.size >= REMEMBERED) memory.clear()
  memory.set(text, value)
  return value
}
