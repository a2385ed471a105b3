/** Hardware addresses as texts. */

/** A single device's locally administered address made of six arbitrary bytes. */
export const localMac = (bytes: Uint8Array): string => {
  const [first = 0, ...rest] = bytes
  return Buffer.from([(first & 0xfe) | 0x02, ...rest])
    .toString('hex')
    .replace(/..(?!$)/g, '$&:')
}

/** Two hexadecimal digits six times, the separators alike; or four digits three times, as routers print them. */
const FORMS = /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i

/**
 * The 48-bit address of a text in any of the forms Go's net.ParseMAC takes, as `aa:bb:cc:dd:ee:ff`. The longer ones of other kinds of
 * network, which a veth cannot have, are refused too.
 * @throws Error with Go's sentence
 */
export const parseMac = (text: string): string => {
  if (!FORMS.test(text)) throw new Error(`address ${text}: invalid MAC address`)
  return (text.toLowerCase().match(/[0-9a-f]{2}/g) ?? []).join(':')
}
