/**
 * IP addresses as canonical text (`10.0.0.1`, `2001:db8::1`), their bytes and numbers. One spelling per address: texts compare
 * with ===. Parsing follows Go's net.ParseIP, which the API server and the reference CNI plugins use: no leading zeros in IPv4,
 * no zones, and an IPv4-mapped IPv6 address *is* the IPv4 address.
 */

/** Canonical text of an address; made by parseAddress or addressFromBytes. */
export type IpAddress = string
export type Family = 4 | 6

/** Bits of an address of each family. */
export const ADDRESS_BITS = { 4: 32, 6: 128 } as const

/** Canonical text of `text`, or undefined when it is no IP address. */
export const parseAddress = (text: string): IpAddress | undefined => {
  const bytes = bytesOfText(text)
  return bytes === undefined ? undefined : addressFromBytes(bytes)
}

/** The family of a canonical address. */
export const familyOf = (address: IpAddress): Family => (address.includes(':') ? 6 : 4)

/** 4 or 16 bytes in network order of a canonical address. @throws TypeError when `address` is not one */
export const addressBytes = (address: IpAddress): Uint8Array => {
  const bytes = bytesOfText(address)
  if (bytes === undefined) throw new TypeError(`invalid IP address ${address}`)
  return bytes
}

/**
 * Writes the bytes of a canonical address where they belong: of IPv4, of which a starting proxy writes tens of thousands, nothing is made besides.
 * @returns how many they are, 4 or 16
 * @throws TypeError when `address` is none; then some may be written
 */
export const writeAddress = (address: IpAddress, into: Uint8Array, at: number): number => {
  if (writeV4(address, into, at)) return 4
  const bytes = addressBytes(address)
  into.set(bytes, at)
  return bytes.length
}

/** Canonical text (RFC 5952) of 4 or 16 bytes in network order; IPv4-mapped bytes give the IPv4 text. */
export const addressFromBytes = (bytes: Uint8Array): IpAddress => {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`
  if (isMapped(bytes)) return bytes.subarray(12).join('.')
  return formatV6(bytes)
}

/** The address as a number, most significant byte first. */
export const addressNumber = (address: IpAddress): bigint => {
  const bytes = addressBytes(address)
  let number = 0n
  for (let index = 0; index < bytes.length; index++) number = (number << 8n) | BigInt(bytes[index] ?? 0)
  return number
}

/** The address of `family` with this number, the inverse of addressNumber (except that it keeps `family` for mapped numbers' bytes). */
export const addressOfNumber = (number: bigint, family: Family): IpAddress => {
  const bytes = new Uint8Array(ADDRESS_BITS[family] / 8)
  for (let index = bytes.length - 1, rest = number; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 0xffn)
  return addressFromBytes(bytes)
}

const bytesOfText = (text: string): Uint8Array | undefined => {
  if (!text.includes(':')) return bytesOfV4(text)
  const bytes = bytesOfV6(text)
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes
}

const DOT = 0x2e
const ZERO = 0x30

const bytesOfV4 = (text: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(4)
  return writeV4(text, bytes, 0) ? bytes : undefined
}

/** Character by character; false when `text` is no IPv4 address. */
const writeV4 = (text: string, into: Uint8Array, at: number): boolean => {
  let [part, value, digits] = [0, 0, 0]
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === DOT) {
      if (digits === 0 || part === 3) return false
      into[at + part++] = value
      value = digits = 0
      continue
    }
    const isDigit = code >= ZERO && code < ZERO + 10
    const hasLeadingZero = digits > 0 && value === 0
    value = 10 * value + code - ZERO
    digits++
    if (!isDigit || hasLeadingZero || value > 255) return false
  }
  if (part !== 3 || digits === 0) return false
  into[at + 3] = value
  return true
}

const bytesOfV6 = (text: string): Uint8Array | undefined => {
  const halves = text.split('::')
  // Dotted IPv4 ends an address, so it never stands before `::`.
  if (halves.length > 2 || (halves.length === 2 && halves[0]?.includes('.'))) return undefined
  const [head, tail] = halves.map(groupsOf)
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const given = head.length + (tail?.length ?? 0)
  // `::` stands for at least one group of zeros.
  if (halves.length === 2 ? given > 14 : given !== 16) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head, 0)
  if (tail !== undefined) bytes.set(tail, 16 - tail.length)
  return bytes
}

/** The bytes of colon-separated groups; the last may be dotted IPv4. */
const groupsOf = (text: string): number[] | undefined => {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (group.includes('.')) {
      const v4 = index === groups.length - 1 ? bytesOfV4(group) : undefined
      if (v4 === undefined) return undefined
      bytes.push(...v4)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return bytes
}

const isMapped = (bytes: Uint8Array): boolean =>
  bytes.length === 16 && bytes.every((byte, index) => (index < 10 ? byte === 0 : index > 11 || byte === 0xff))

const formatV6 = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16))
  const { start, length } = longestZeroRun(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

const longestZeroRun = (groups: readonly string[]): { start: number; length: number } => {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === '0') end++
    if (end - start > best.length) best = { start, length: end - start }
  }
  return best
}
