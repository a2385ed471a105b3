/**
 * The system calls of one run of an executable, and ending it at any of them: strace kills it where the call begins, so the call is not
 * carried out and everything before it is. Only the main thread is followed: what it started goes on without it, as after any kill -9.
 */
import { readFileSync } from 'node:fs'

/** The place before one system call: the `count`-th of its name. */
export interface Boundary {
  readonly name: string
  /** From 1. */
  readonly count: number
  /** The call as strace printed it when it was recorded. */
  readonly text: string
}

/** The words before a command line that have its system calls written to `file`. */
export const recording = (file: string): string[] => ['strace', '-qq', '-o', file]

/** The words before a command line that end it at a boundary. A run that does not come there is not disturbed. */
export const killing = ({ name, count }: Boundary): string[] => [
  ...['strace', '-qq', '-o', '/dev/null', '-e', `trace=${name}`],
  ...['-e', `inject=${name}:signal=KILL:when=${count}`],
]

/** All boundaries of a recorded run, in order. */
export const readBoundaries = (file: string): Boundary[] => {
  const counts = new Map<string, number>()
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const name = /^(\w+)\(/.exec(line)?.[1]
      if (name === undefined) return []
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      return [{ name, count, text: line.slice(0, 100) }]
    })
}

const CHANGES = ['sendto', 'write', 'mkdir', 'mkdirat', 'link', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'rmdir', 'vfork']

/** Whether the system call changes something outside of the process: a message to the kernel, a file, a program started. */
export const isChange = ({ name, text }: Boundary): boolean => CHANGES.includes(name) || (name === 'openat' && text.includes('O_CREAT'))
