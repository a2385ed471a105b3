/** Addresses as fields of configs and results, by the rules of Go's net package. */
import { familyOf, type IpAddress, parseAddress } from '#net/address.ts'
import { type Cidr, parseCidr } from '#net/cidr.ts'
import { type Decoder, mismatch, text } from './decode.ts'

/** An address with a prefix length, e.g. `10.0.0.2/24`. */
export const cidr: Decoder<Cidr | undefined> = {
  goType: 'types.IPNet',
  zero: undefined,
  nullable: false,
  readsNull: true,
  read: (value, place) => {
    // Go reads it as a string of its own first, which null leaves empty, and names that type.
    if (value.kind !== 'string' && value.kind !== 'null') throw mismatch(value.kind, 'string', place)
    const written = value.kind === 'null' ? '' : value.value
    const parsed = parseMapped(written) ?? parseCidr(written)
    if (parsed === undefined) throw new Error(`invalid CIDR address: ${written}`)
    return parsed
  },
}

/**
 * An IPv4 address written as IPv6, `::ffff:10.0.0.2/120`: the prefix counts 128 bits, and what is left of one that ends in the first 96
 * is 0, as Go prints it. Undefined for all else.
 */
export const parseMapped = (written: string): Cidr | undefined => {
  const slash = written.indexOf('/')
  const [address, length] = [written.slice(0, slash), written.slice(slash + 1)]
  const parsed = slash >= 0 && address.includes(':') ? parseAddress(address) : undefined
  if (parsed === undefined || familyOf(parsed) !== 4 || parseCidr(`::/${length}`) === undefined) return undefined
  const prefixLength = Number(length) - MAPPED_BITS
  return { address: parsed, prefixLength: prefixLength > 0 ? prefixLength : 0 }
}

/** Before the IPv4 address in an IPv6 one. */
const MAPPED_BITS = 96

/** An IP address; the empty text is as good as absent. */
export const ip: Decoder<IpAddress | undefined> = text('net.IP', undefined, (written) => {
  if (written === '') return undefined
  const parsed = parseAddress(written)
  if (parsed === undefined) throw new Error(`invalid IP address: ${written}`)
  return parsed
})
