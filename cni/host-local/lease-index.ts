/**
 * What the leases of a crowded folder say, remembered between calls outside of it: reading ten thousand files takes longer than all the
 * rest of a call. The folder's time of change tells whether the memory is good: after its own changes a call stamps the folder with a
 * time that no clock gives, and whoever else adds or removes a file replaces the stamp. An aid only: whatever goes wrong with it, the
 * files are read.
 */
import { mkdirSync, readFileSync, statSync, unlinkSync, utimesSync } from 'node:fs'
import type { Listing } from './listing.ts'
import { replaceFile } from './replace-file.ts'

export interface LeaseIndex {
  /** The listing that was saved, if nobody has changed the folder since. */
  load(): Listing | undefined
  /** Remembers what the folder holds now; one that is no longer crowded is forgotten. The folder's lock must be held. */
  save(listing: Listing): void
}

/** From here on a listing pays: fewer files are read in a few milliseconds. */
export const CROWDED = 1000

/** The index of the lease folder `folder`, in a file of its own in `indexFolder`, which only root may write. */
export const openLeaseIndex = (folder: string, indexFolder: string): LeaseIndex => ({
  load: () =>
    unlessFailing(() => {
      const { path, stamp } = identify(folder, indexFolder)
      const saved = readFileSync(path, 'utf8')
      const header = saved.slice(0, saved.indexOf('\n'))
      const size = Number(header.slice(stamp.length))
      return header.startsWith(stamp) ? { size, lines: saved.slice(header.length) } : undefined
    }),
  save: (listing) =>
    unlessFailing(() => {
      if (listing.size < CROWDED) return unlinkSync(identify(folder, indexFolder).path)
      const stampTime = Math.floor(statSync(folder).mtimeMs / 1000) + unlikelyFraction()
      utimesSync(folder, stampTime, stampTime)
      const { path, stamp, isExact } = identify(folder, indexFolder)
      if (!isExact) return
      mkdirSync(indexFolder, { recursive: true, mode: 0o700 })
      replaceFile({ path, temporary: `${path}.new`, content: `${stamp}${listing.size}${listing.lines}`, mode: 0o600 })
    }),
})

/** Microseconds that clocks, which tick in milliseconds, hit once in a million. */
const unlikelyFraction = (): number => (Math.floor(Math.random() * 999_999) + 1) / 1e6

const identify = (folder: string, indexFolder: string): { path: string; stamp: string; isExact: boolean } => {
  const { dev, ino, mtimeNs, ctimeNs } = statSync(folder, { bigint: true })
  // Some file systems keep whole seconds: there the stamp would say nothing.
  return { path: `${indexFolder}/${dev}-${ino}`, stamp: `${mtimeNs} ${ctimeNs} `, isExact: mtimeNs % 1_000_000n !== 0n }
}

const unlessFailing = <T>(action: () => T): T | undefined => {
  try {
    return action()
  } catch {
    return undefined
  }
}
