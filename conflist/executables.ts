/** The CNI executables: one program under four names, hard links of one file, so that a plugin recognises its IPAM as itself. */
import type { Stats } from 'node:fs'
import { reasonOf } from '#kernel/errno.ts'
import { type FileSystem, type Outcome, removeIfThere, syncDirectory, temporaryPath } from './atomic-file.ts'
import { copyDurably, fill } from './copy-file.ts'
import { FileFaults } from './fault.ts'

export const EXECUTABLES = ['bridge', 'host-local', 'loopback', 'portmap']

const MODE = 0o755

/** The program to install. @throws FileFaults when `directory` does not hold it under each of its names */
export const findProgram = (fs: FileSystem, directory: string): string => {
  const built = 'npm run build makes it, or --executables names the folder that has it'
  refuse(directory, {
    names: EXECUTABLES.filter((name) => fs.statSync(`${directory}/${name}`, { throwIfNoEntry: false })?.isFile() !== true),
    problem: `no such executable: ${built}`,
  })
  const program = `${directory}/bridge`
  refuse(directory, {
    names: EXECUTABLES.filter((name) => !sameContent(fs, [program, `${directory}/${name}`])),
    problem: 'not the same program as bridge',
  })
  return program
}

const refuse = (directory: string, { names, problem }: { names: readonly string[]; problem: string }): void => {
  const faults = names.map((name) => ({ path: name, problem }))
  if (faults.length > 0) throw new FileFaults(directory, faults)
}

/**
 * Puts `program` into `directory` under its names. What is there already, by content, is not touched; else each name changes in one
 * step, so a runtime finds the old program or the new one, whole. @throws Error of node:fs, with `code`
 */
export const installExecutables = (fs: FileSystem, { program, directory }: { program: string; directory: string }): Outcome => {
  refuse(directory, {
    names: EXECUTABLES.filter((name) => fs.lstatSync(`${directory}/${name}`, { throwIfNoEntry: false })?.isDirectory() === true),
    problem: 'it is a folder, an executable belongs there',
  })
  if (areInstalled(fs, { program, directory })) return 'unchanged'
  const copy = temporaryPath({ directory, name: 'bridge' })
  try {
    copyDurably(fs, { from: program, to: copy, mode: MODE })
    for (const name of EXECUTABLES) linkAs(fs, { copy, directory, name })
  } finally {
    removeIfThere(fs, copy)
  }
  syncDirectory(fs, directory)
  return 'written'
}

/** Whether `directory` holds `program` under each of its names, as installExecutables puts it there. @throws Error of node:fs, with `code` */
export const areInstalled = (fs: FileSystem, { program, directory }: { program: string; directory: string }): boolean => {
  const paths = EXECUTABLES.map((name) => `${directory}/${name}`)
  const [first, ...others] = paths.map((path) => fs.lstatSync(path, { throwIfNoEntry: false }))
  if (first?.isFile() !== true || (first.mode & 0o7777) !== MODE || !others.every((other) => isSameFile(first, other))) return false
  return sameContent(fs, [program, paths[0] ?? ''])
}

const isSameFile = (one: Stats, other: Stats | undefined): boolean => one.dev === other?.dev && one.ino === other.ino

const linkAs = (fs: FileSystem, { copy, directory, name }: { copy: string; directory: string; name: string }): void => {
  const link = temporaryPath({ directory, name })
  try {
    fs.linkSync(copy, link)
    fs.renameSync(link, `${directory}/${name}`)
  } catch (error) {
    removeIfThere(fs, link)
    throw new FileFaults(`${directory}/${name}`, [{ path: '', problem: `cannot be installed: ${reasonOf(error)}` }])
  }
}

const CHUNK_BYTES = 1 << 20

/** Compares two files piece by piece: they have a hundred megabytes. */
const sameContent = (fs: FileSystem, [one, other]: readonly [string, string]): boolean => {
  const [size, otherSize] = [fs.statSync(one), fs.statSync(other)]
  if (isSameFile(size, otherSize)) return true
  if (size.size !== otherSize.size) return false
  const descriptors = [one, other].map((path) => fs.openSync(path, 'r'))
  try {
    return sameBytes(fs, descriptors)
  } finally {
    for (const descriptor of descriptors) fs.closeSync(descriptor)
  }
}

const sameBytes = (fs: FileSystem, descriptors: readonly number[]): boolean => {
  for (;;) {
    const [one = EMPTY, other = EMPTY] = descriptors.map((descriptor) => nextChunk(fs, descriptor))
    if (!one.equals(other)) return false
    if (one.length === 0) return true
  }
}

const EMPTY = Buffer.alloc(0)

const nextChunk = (fs: FileSystem, descriptor: number): Buffer => {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  return chunk.subarray(0, fill(fs, descriptor, chunk))
}
