/**
 * All leases of a folder as one text that is searched, not parsed: a line for each, the address and the lease's text as JSON (which has
 * no line feeds of its own, and no quotes that are not escaped).
 */
import type { IpAddress } from '#net/address.ts'
import type { Lease } from './leases.ts'

export interface Listing {
  readonly size: number
  /** Begins with a line feed, so that every line follows one. */
  readonly lines: string
}

export const listingOf = (leases: readonly Lease[]): Listing => ({ size: leases.length, lines: `\n${leases.map(lineOf).join('')}` })

const lineOf = ({ address, text }: Lease): string => `${address}${endOf(text)}`
const endOf = (text: string): string => ` ${JSON.stringify(text)}\n`

/** The leases whose text is `text`, in the order of their lines. */
export const findIn = ({ lines }: Listing, text: string): Lease[] => {
  const end = endOf(text)
  const found: Lease[] = []
  for (let at = lines.indexOf(end); at >= 0; at = lines.indexOf(end, at + end.length)) {
    found.push({ address: lines.slice(lines.lastIndexOf('\n', at) + 1, at), text })
  }
  return found
}

/** The listing with one lease more. */
export const withLease = ({ size, lines }: Listing, lease: Lease): Listing => ({ size: size + 1, lines: lines + lineOf(lease) })

/** The listing without an address; unchanged when it has none such. */
export const withoutAddress = (listing: Listing, address: IpAddress): Listing => {
  const { size, lines } = listing
  const before = lines.indexOf(`\n${address} `)
  if (before < 0) return listing
  return { size: size - 1, lines: lines.slice(0, before) + lines.slice(lines.indexOf('\n', before + 1)) }
}
