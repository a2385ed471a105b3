/**
 * Copying a program so that it starts quickly: written in pieces of some MiB, its pages stand in the page cache in pieces as large as the
 * file system allows, which the kernel maps more quickly (a tenth of a plugin's start). By copyFile, which is copy_file_range(2), they are small.
 */
import { type FileSystem, makeDurably } from './atomic-file.ts'

/** A multiple of 2 MiB, the largest piece. */
const PIECE_BYTES = 8 << 20

export interface Copying {
  readonly from: string
  /** Must not exist. */
  readonly to: string
  readonly mode: number
}

/** Copies `from` to the new file `to` and forces it to disk. @throws Error of node:fs, with `code`; a part of the file may be there then */
export const copyDurably = (fs: FileSystem, { from, to, mode }: Copying): void => {
  const source = fs.openSync(from, 'r')
  try {
    makeDurably(fs, { path: to, mode }, (target) => copyBytes(fs, source, target))
  } finally {
    fs.closeSync(source)
  }
}

const copyBytes = (fs: FileSystem, source: number, target: number): void => {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES)
  for (;;) {
    const piece = buffer.subarray(0, fill(fs, source, buffer))
    for (let written = 0; written < piece.length; ) written += fs.writeSync(target, piece, written)
    if (piece.length < buffer.length) return
  }
}

/** Reads until the buffer is full or the file ends. @returns how many bytes */
export const fill = (fs: FileSystem, source: number, buffer: Buffer): number => {
  let length = 0
  for (;;) {
    const count = fs.readSync(source, buffer, length, buffer.length - length, null)
    length += count
    if (count === 0 || length === buffer.length) return length
  }
}
