/**
 * What the leases of a crowded folder say, remembered between calls outside of it: reading ten thousand files takes longer than all the
 * rest of a call. The folder's time of change tells whether the memory is good: after its own changes a call stamps the folder with a
 * time that no clock gives, and whoever else adds or removes a file replaces the stamp. An aid only: whatever goes wrong with it, the
 * files are read.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, utimesSync } from 'node:fs'
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
      // Most folders have none; a failure to read it would take longer to make than the rest of this.
      if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined
      const saved = readFileSync(path, 'utf8')
      const header = saved.slice(0, saved.indexOf('\n'))
      const size = Number.parseInt(header.slice(stamp.length), 10)
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
      if (statSync(path, { throwIfNoEntry: false }) === undefined) forgetDeleted(indexFolder)
      const header = `${stamp}${listing.size} ${JSON.stringify(folder)}`
      replaceFile({ path, temporary: `${path}.new`, content: `${header}${listing.lines}`, mode: 0o600 })
    }),
})

/** Removes the indexes of folders that somebody deleted: done when a folder gets its first, which is seldom. */
const forgetDeleted = (indexFolder: string): void => {
  for (const name of readdirSync(indexFolder)) {
    const path = `${indexFolder}/${name}`
    if (unlessFailing(() => identify(folderOf(path), indexFolder).path) !== path) unlinkSync(path)
  }
}

/** The folder that an index is of, as its first line says. */
const folderOf = (path: string): string => {
  const saved = readFileSync(path, 'utf8')
  const header = saved.slice(0, saved.indexOf('\n'))
  return JSON.parse(header.slice(header.indexOf('"')))
}

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
