/** A network's lease folder on disk: an edge, with the reference's modes and Go's error texts. */
import { accessSync, constants, lstatSync, mkdirSync, readdirSync, type Stats, statfsSync, statSync, unlinkSync } from 'node:fs'
import { hasCode, ignoring } from '#kernel/errno.ts'
import { parseAddress } from '#net/address.ts'
import { goErrors } from './go-errors.ts'
import type { Lease, LeaseFolder } from './leases.ts'
import { LONGEST_LEASE, readLease } from './read-lease.ts'
import { readText } from './read-text.ts'
import { discard, renewFile, replaceFile } from './replace-file.ts'

const FOLDER_MODE = 0o755
const LOCK_MODE = 0o750
const FILE_MODE = 0o600

/** Whoever holds the lock writes here first. No address and no cursor, so neither we nor the reference take it for a lease. */
const TEMPORARY = '.selvedge-new'

/** What the folder asks of the kernel. */
export interface LeaseFolderEdges {
  /** kernel/file-lock.ts: runs `action` while this process holds the lock on the file at `path`. */
  withFileLock<T>(path: string, mode: number, action: () => T): T
  /** kernel/boot-time.ts: a moment, in milliseconds since 1970, that nothing made since the boot is older than. */
  bootTime(): number
}

/** Some file systems keep whole seconds only. */
const COARSEST_STAMP = 2000

/** The folder at `path`, locked through the file `lock` in it. */
export const openLeaseFolder = (path: string, { withFileLock, bootTime }: LeaseFolderEdges): LeaseFolder => {
  const pathOf = (name: string): string => `${path}/${name}`
  const fileOf = (name: string, content: string) => ({ path: pathOf(name), temporary: pathOf(TEMPORARY), content, mode: FILE_MODE })
  const names = (): string[] => goErrors('open', path, () => readdirSync(path))
  const has = (name: string): boolean =>
    goErrors('open', pathOf(name), () => lstatSync(pathOf(name), { throwIfNoEntry: false })) !== undefined
  const leases = (): Lease[] => leasesIn(path, names())
  return {
    exists: () => statusOf(path)?.isDirectory() === true,
    locked: (action) => {
      makeFolders(path)
      const whileLocked = () => {
        // Nobody else is writing, so this is what a killed process left.
        discard(pathOf(TEMPORARY))
        return action()
      }
      return goErrors('open', pathOf('lock'), () => withFileLock(pathOf('lock'), LOCK_MODE, whileLocked))
    },
    refuseReadOnly: () => refuseReadOnly(path),
    names,
    has,
    leases,
    find: (texts) => leases().filter(({ text }) => texts.includes(text)),
    read: (name) => readUnlessAbsent(pathOf(name)),
    isOfEarlierBoot: (name) => {
      const written = lstatSync(pathOf(name), { throwIfNoEntry: false })?.mtimeMs
      return written !== undefined && written + COARSEST_STAMP < bootTime()
    },
    create: (name, content) => {
      if (has(name)) return false
      replaceFile(fileOf(name, content))
      return true
    },
    write: (name, content) => renewFile(fileOf(name, content)),
    remove: (name) => goErrors('remove', pathOf(name), () => ignoring(['ENOENT'], () => unlinkSync(pathOf(name)))),
  }
}

/** A folder in a lease's place is no lease. */
const readUnlessAbsent = (path: string): string | undefined => {
  try {
    return readText(path, LONGEST_LEASE)
  } catch (error) {
    if (error instanceof Error && hasCode(error.cause, 'ENOENT', 'EISDIR')) return undefined
    throw error
  }
}

const leasesIn = (path: string, names: readonly string[]): Lease[] => {
  const leases: Lease[] = []
  for (const address of names) {
    const text = isAddress(address) ? readLease(`${path}/${address}`) : undefined
    if (text !== undefined) leases.push({ address, text })
  }
  return leases
}

/** Ten thousand names are asked, nearly all of them IPv4; a folder without leases spares the call the expression, which the engine compiles first. */
const isAddress = (name: string): boolean => (isDigit(name) && IPV4.test(name)) || (name.includes(':') && parseAddress(name) === name)

/** Its first character. */
const isDigit = (name: string): boolean => name >= '0' && name < ':'

const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/

/** Makes a folder and those above it; the first that cannot be made is named. */
const makeFolders = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true, mode: FOLDER_MODE })
  } catch (error) {
    const first = ancestorsOf(path).findLast((each) => statusOf(each)?.isDirectory() !== true) ?? path
    if (statusOf(first) !== undefined) throw new Error(`mkdir ${first}: not a directory`, { cause: error })
    goErrors('mkdir', first, () => {
      throw error
    })
  }
}

/** Asks the folder, or the nearest one above it that exists. */
const refuseReadOnly = (path: string): void => {
  const nearest = ancestorsOf(path).find((each) => statusOf(each) !== undefined) ?? '.'
  if (statusOf(nearest)?.isDirectory() !== true) throw new Error(`mkdir ${path}: not a directory`)
  goErrors('open', nearest, () => accessSync(nearest, constants.W_OK))
  const { blocks, bavail, files, ffree } = statfsSync(nearest)
  // A file system without a limit says 0 of 0.
  if ((blocks > 0 && bavail === 0) || (files > 0 && ffree === 0)) throw new Error(`write ${nearest}: no space left on device`)
}

/** A path below a file, or with a zero byte, does not exist either. */
const statusOf = (path: string): Stats | undefined => {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

const ancestorsOf = (path: string): string[] => {
  const parts = path.split('/')
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/') || '/')
}
