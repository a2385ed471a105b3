/** Hardware addresses as texts, `aa:bb:cc:dd:ee:ff`. */

/** @param bytes of any number: InfiniBand's are 20 */
export const formatMac = (bytes: Uint8Array): string => {
  let text = ''
  for (let index = 0; index < bytes.length; index++) {
    const digits = (bytes[index] ?? 0).toString(16).padStart(2, '0')
    text += index === 0 ? digits : `:${digits}`
  }
  return text
}

const BYTES = 6

/** The 6 bytes of an address of Ethernet, or undefined for any other text. */
export const parseMac = (text: string): Uint8Array | undefined => {
  const bytes = new Uint8Array(BYTES)
  for (let index = 0; index < BYTES; index++) bytes[index] = Number.parseInt(text.slice(3 * index, 3 * index + 2), 16)
  return formatMac(bytes) === text.toLowerCase() ? bytes : undefined
}
