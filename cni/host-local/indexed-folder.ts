/** A lease folder that need not read all its files to find a container's, when they are many. */
import { CROWDED, type LeaseIndex } from './lease-index.ts'
import type { Lease, LeaseFolder } from './leases.ts'
import { findIn, type Listing, listingOf, withLease, withoutAddress } from './listing.ts'

export const withIndex = (folder: LeaseFolder, index: LeaseIndex): LeaseFolder => {
  let listing: Listing | undefined
  let saved = true
  const change = (next: (before: Listing) => Listing): void => {
    if (listing === undefined) return
    listing = next(listing)
    saved = false
  }
  const remembered = (texts: readonly string[]): Lease[] | undefined => {
    listing ??= index.load()
    if (listing === undefined) return undefined
    const known = listing
    const found = texts.flatMap((text) => findIn(known, text))
    // The files have the last word.
    return found.every(({ address, text }) => folder.read(address)?.trim() === text) ? found : undefined
  }
  return {
    ...folder,
    locked: (action) =>
      folder.locked(() => {
        listing = undefined
        saved = true
        try {
          return action()
        } finally {
          if (listing !== undefined && !saved) index.save(listing)
        }
      }),
    find: (texts) => {
      const found = remembered(texts)
      if (found !== undefined) return found
      const leases = folder.leases()
      if (leases.length >= CROWDED) {
        listing = listingOf(leases)
        saved = false
      }
      return leases.filter(({ text }) => texts.includes(text))
    },
    create: (name, content) => {
      const created = folder.create(name, content)
      if (created) change((before) => withLease(before, { address: name, text: content }))
      return created
    },
    remove: (name) => {
      folder.remove(name)
      change((before) => withoutAddress(before, name))
    },
  }
}
