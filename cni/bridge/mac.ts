/** Hardware addresses as texts. */
import { formatMac } from '#net/mac.ts'

/** A single device's locally administered address made of six arbitrary bytes. */
export const localMac = (bytes: Uint8Array): string => {
  const own = new Uint8Array(bytes)
  own[0] = ((own[0] ?? 0) & 0xfe) | 0x02
  return formatMac(own)
}

/** Two hexadecimal digits a time, the separators alike; or four, as routers print them. */
const FORMS = /^[0-9a-f]{2}(?:(?::[0-9a-f]{2})+|(?:-[0-9a-f]{2})+)$|^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i

/** Addresses of Ethernet, of EUI-64 and of InfiniBand, in bytes. */
const LENGTHS = [6, 8, 20]

/**
 * The 48-bit address of a text in any of the forms Go's net.ParseMAC takes, as `aa:bb:cc:dd:ee:ff`.
 * @throws Error with Go's sentence; for the longer ones of other kinds of network with the kernel's: a veth cannot have them
 */
export const parseMac = (text: string): string => {
  const bytes = FORMS.test(text) ? (text.toLowerCase().match(/[0-9a-f]{2}/g) ?? []) : []
  if (!LENGTHS.includes(bytes.length)) throw new Error(`address ${text}: invalid MAC address`)
  if (bytes.length > 6) throw new Error('invalid argument')
  return bytes.join(':')
}
