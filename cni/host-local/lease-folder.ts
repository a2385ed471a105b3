/** A network's lease folder on disk: an edge, with the reference's modes and Go's error texts. */
import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { ignoring, reasonOf } from '#kernel/errno.ts'
import type { LeaseFolder } from './leases.ts'

const FOLDER_MODE = 0o755
const LOCK_MODE = 0o750
const FILE_MODE = 0o600

/** kernel/file-lock.ts: runs `action` while this process holds the lock on the file at `path`. */
export type WithFileLock = <T>(path: string, mode: number, action: () => T) => T

/** The folder at `path`, locked through the file `lock` in it. */
export const openLeaseFolder = (path: string, withFileLock: WithFileLock): LeaseFolder => {
  const pathOf = (name: string): string => `${path}/${name}`
  return {
    locked: (action) => {
      speaking('mkdir', path, () => mkdirSync(path, { recursive: true, mode: FOLDER_MODE }))
      return speaking('open', pathOf('lock'), () => withFileLock(pathOf('lock'), LOCK_MODE, action))
    },
    names: () => speaking('open', path, () => readdirSync(path)),
    // A folder in a lease's place is no lease.
    read: (name) => speaking('read', pathOf(name), () => ignoring(['ENOENT', 'EISDIR'], () => readFileSync(pathOf(name), 'utf8'))),
    create: (name, content) => speaking('open', pathOf(name), () => createFile(pathOf(name), content)),
    write: (name, content) => speaking('open', pathOf(name), () => writeFileSync(pathOf(name), content, { mode: FILE_MODE })),
    remove: (name) => speaking('remove', pathOf(name), () => ignoring(['ENOENT'], () => unlinkSync(pathOf(name)))),
  }
}

/** @returns false when the file exists */
const createFile = (path: string, content: string): boolean => {
  const fd = ignoring(['EEXIST'], () => openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, FILE_MODE))
  if (fd === undefined) return false
  try {
    if (writeSync(fd, content) !== Buffer.byteLength(content)) throw new Error(`write ${path}: short write`)
  } catch (error) {
    ignoring(['ENOENT'], () => unlinkSync(path))
    throw error
  } finally {
    closeSync(fd)
  }
  return true
}

/** A file's text. @throws Error `open PATH: …` */
export const readText = (path: string): string => speaking('open', path, () => readFileSync(path, 'utf8'))

/** File system errors as Go prints them: `open /x/y: no such file or directory`. */
const speaking = <T>(operation: string, path: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new Error(`${operation} ${path}: ${reasonOf(error)}`, { cause: error })
  }
}
