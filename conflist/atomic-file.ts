/**
 * Files that appear whole or not at all: written under a temporary name in the same folder, forced to disk, renamed. A symbolic link in
 * the place of the file is replaced, never followed. @see rename(2), fsync(2)
 */
import type * as nodeFs from 'node:fs'

/** The part of node:fs that installing needs; passed in by the composition root. */
export type FileSystem = Pick<
  typeof nodeFs,
  | 'closeSync'
  | 'constants'
  | 'fchmodSync'
  | 'fsyncSync'
  | 'linkSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'readSync'
  | 'renameSync'
  | 'statSync'
  | 'unlinkSync'
  | 'writeFileSync'
  | 'writeSync'
>

export type Outcome = 'written' | 'unchanged'

export interface WantedFile {
  readonly directory: string
  /** Without slashes. */
  readonly name: string
  readonly text: string
}

/** Files that everybody may read: runtimes need not run as root. */
const MODE = 0o644

/** Makes a file hold `text` with mode 0644; one that does already is not touched. @throws Error of node:fs, with `code` */
export const replaceFile = (fs: FileSystem, { directory, name, text }: WantedFile): Outcome => {
  const path = `${directory}/${name}`
  if (holds({ fs, path, text })) return 'unchanged'
  const temporary = temporaryPath({ directory, name })
  try {
    writeDurably({ fs, path: temporary, text })
    fs.renameSync(temporary, path)
  } catch (error) {
    removeIfThere(fs, temporary)
    throw error
  }
  syncDirectory(fs, directory)
  return 'written'
}

/** A name beside `name` that no runtime takes for a configuration or a plugin. */
export const temporaryPath = ({ directory, name }: Pick<WantedFile, 'directory' | 'name'>): string =>
  `${directory}/.${name}${TEMPORARY}${crypto.randomUUID()}`

const TEMPORARY = '.selvedge-'
const LEFTOVER_MILLISECONDS = 600_000

/** Removes what an installer that was killed left beside `names`; younger files may belong to one that still runs. */
export const removeLeftovers = (
  fs: FileSystem,
  place: { readonly directory: string; readonly names: readonly string[]; readonly now: number },
): void => {
  const { directory, names, now } = place
  const leftovers = fs.readdirSync(directory).filter((entry) => names.some((name) => entry.startsWith(`.${name}${TEMPORARY}`)))
  for (const entry of leftovers) {
    const status = fs.lstatSync(`${directory}/${entry}`, { throwIfNoEntry: false })
    if (status?.isFile() === true && now - status.mtimeMs > LEFTOVER_MILLISECONDS) removeIfThere(fs, `${directory}/${entry}`)
  }
}

/** Forces a folder's entries to disk: without it a rename may be lost in a crash. */
export const syncDirectory = (fs: FileSystem, directory: string): void => {
  const descriptor = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

export const removeIfThere = (fs: FileSystem, path: string): void => {
  if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) fs.unlinkSync(path)
}

interface TextAt {
  readonly fs: FileSystem
  readonly path: string
  readonly text: string
}

const holds = ({ fs, path, text }: TextAt): boolean => {
  const status = fs.lstatSync(path, { throwIfNoEntry: false })
  if (status?.isFile() !== true || (status.mode & 0o7777) !== MODE || status.size !== Buffer.byteLength(text)) return false
  return fs.readFileSync(path, 'utf8') === text
}

const writeDurably = ({ fs, path, text }: TextAt): void =>
  makeDurably(fs, { path, mode: MODE }, (descriptor) => fs.writeFileSync(descriptor, text))

/** Makes the new file `path` of what `write` writes, and forces it to disk. @throws Error of node:fs, with `code`; a part may be there then */
export const makeDurably = (
  fs: FileSystem,
  { path, mode }: { readonly path: string; readonly mode: number },
  write: (descriptor: number) => void,
): void => {
  const descriptor = fs.openSync(path, 'wx', 0o600)
  try {
    write(descriptor)
    // Not by open's mode: the umask would cut it.
    fs.fchmodSync(descriptor, mode)
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}
