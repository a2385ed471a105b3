/** Files that appear whole or not at all, for whoever looks and whenever this process is killed. */
import { closeSync, constants, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { goErrors } from './go-errors.ts'

interface NewFile {
  readonly path: string
  /** Another name in the same folder that nobody else uses. */
  readonly temporary: string
  readonly content: string
  readonly mode: number
}

/**
 * Makes or replaces the file `path`: writes it under its temporary name and renames it. A symbolic link in the file's place is replaced,
 * not followed. Nothing is forced to disk: a lease need not outlive the containers of its machine, and what a machine's crash leaves
 * empty counts as free.
 * @throws Error `open|write PATH: …` as Go words it; then there is no new file
 */
export const replaceFile = (file: NewFile): void => {
  const { path, temporary } = file
  try {
    writeTemporary(file)
    // The reference opens the file itself, so that is what its message says.
    goErrors('open', path, () => renameSync(temporary, path))
  } catch (error) {
    discard(temporary)
    throw error
  }
}

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW

const writeTemporary = ({ path, temporary, content, mode }: NewFile): void => {
  const fd = goErrors('open', path, () => openSync(temporary, FLAGS, mode))
  try {
    const bytes = Buffer.from(content)
    let written = 0
    while (written < bytes.length) written += goErrors('write', path, () => writeSync(fd, bytes, written))
  } finally {
    closeSync(fd)
  }
}

/**
 * The same for a file that is written again and again: an ordinary one of the same length is overwritten by a single call, which is as
 * whole. Replacing one makes some file systems (ext4) write it to disk at once, which takes longer than all the rest.
 * @throws Error as replaceFile does
 */
export const renewFile = (file: NewFile): void => {
  if (!isOverwritten(file)) replaceFile(file)
}

const isOverwritten = ({ path, content }: NewFile): boolean => {
  const bytes = Buffer.from(content)
  let fd: number | undefined
  try {
    // Never waits for the other end of a pipe.
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const isAsLong = readSync(fd, Buffer.alloc(bytes.length + 1), 0, bytes.length + 1, 0) === bytes.length
    return isAsLong && writeSync(fd, bytes, 0, bytes.length, 0) === bytes.length
  } catch {
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Removes what may be left of a temporary file; that it cannot be removed is no failure of its own. */
export const discard = (temporary: string): void => {
  try {
    rmSync(temporary, { force: true })
  } catch {}
}
