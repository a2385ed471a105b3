/** Standard input and output as bytes, synchronously: streams cost a CNI call several milliseconds. */
import { readSync, writeSync } from 'node:fs'

/** A config with all its results is a few kilobytes; more than this is refused. */
const INPUT_BYTES = 16 << 20
/** Room for all but the largest inputs: memory that is touched for the first time costs a page fault every 4 KiB. */
const CHUNK_BYTES = 1 << 14

/** Reads standard input to its end. @throws Error when it cannot be read or is larger than 16 MiB */
export const readStdin = (): Uint8Array => {
  const chunks: Uint8Array[] = []
  let total = 0
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    const count = patiently(() => readSync(0, chunk))
    if (count === 0) return Buffer.concat(chunks)
    total += count
    if (total > INPUT_BYTES) throw new Error(`more than ${INPUT_BYTES} bytes`)
    chunks.push(chunk.subarray(0, count))
  }
}

/** Writes all of `text` to a file descriptor. */
export const writeAll = (fd: number, text: string): void => {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) written += patiently(() => writeSync(fd, bytes, written))
}

/** Whoever started us may have made the pipe non-blocking: an empty or full pipe is asked again. */
const patiently = (action: () => number): number => {
  for (;;) {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      pause()
    }
  }
}

/** A millisecond. On its own: what a function names is looked for when it is first called, and these names take 0.04 ms. */
const pause = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}
