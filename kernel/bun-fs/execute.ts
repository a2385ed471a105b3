/**
 * Running a program that may be anybody's, as Go's os/exec does: through pipes, in this process's folder, until whoever holds its outputs has closed
 * them. Our own helpers read and print files instead (spawn.ts).
 */
import type { ExecuteOptions, Spawned } from '../spawn.ts'
import { call } from './calls.ts'
import { endChild, killChild, PRINTED_TOO_MUCH, startChild } from './child.ts'
import { readSync } from './fs.ts'
import { SYS } from './numbers.ts'
import { pipe, unblock, writePart } from './pipe.ts'
import { readyOf } from './poll.ts'
import { withFiles } from './standard-files.ts'

/** @see Libc.execute */
export const executeByLibc = (path: string, options: ExecuteOptions): Spawned => {
  const [[theirInput, input], [stdout, theirStdout], [stderr, theirStderr]] = [pipe(), pipe(), pipe()]
  const ends = openEnds([input, stdout, stderr])
  try {
    const pid = started(path, options, [theirInput, theirStdout, theirStderr])
    const printed = converse({ input, outputs: [stdout, stderr], ends }, options)
    if (printed === undefined) killChild(pid)
    const [out = '', errors = ''] = printed ?? []
    const outcome = { ...endChild(pid), stdout: out, stderr: errors }
    return printed === undefined ? { ...outcome, failure: PRINTED_TOO_MUCH } : outcome
  } finally {
    for (const fd of ends.open()) ends.close(fd)
  }
}

interface Ends {
  open(): readonly number[]
  close(fd: number): void
}

const openEnds = (fds: readonly number[]): Ends => {
  const left = new Set(fds)
  return {
    open: () => Array.from(left),
    close: (fd) => {
      left.delete(fd)
      call(SYS.close, fd)
    },
  }
}

/** Starts it, with ends of pipes that are only its own then. @throws what node:fs would throw for the errno */
const started = (path: string, { env }: ExecuteOptions, theirs: readonly [number, number, number]): number => {
  try {
    return withFiles(theirs, () => startChild([path], env))
  } finally {
    for (const fd of theirs) call(SYS.close, fd)
  }
}

interface Conversation {
  readonly input: number
  readonly outputs: readonly number[]
  readonly ends: Ends
}

const CHUNK_BYTES = 1 << 13

/** Gives it its input as it takes it, and takes what it prints, until it has all and nobody can print any more. @returns undefined when that is too much */
const converse = ({ input, outputs, ends }: Conversation, options: ExecuteOptions): readonly string[] | undefined => {
  const printed = new Map(outputs.map((fd): [number, Uint8Array[]] => [fd, []]))
  unblock(input)
  let [rest, room] = [options.input, options.maxBuffer]
  while (ends.open().length > 0) {
    for (const fd of readyOf(ends.open(), { written: input })) {
      const chunks = printed.get(fd)
      if (chunks === undefined) {
        rest = writePart(fd, rest)
        if (rest.length === 0) ends.close(fd)
        continue
      }
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
      const count = readSync(fd, chunk)
      if (count === 0) ends.close(fd)
      else chunks.push(chunk.subarray(0, count))
      room -= count
      if (room < 0) return undefined
    }
  }
  return outputs.map((fd) => Buffer.concat(printed.get(fd) ?? []).toString())
}
