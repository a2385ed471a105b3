/** Which programs a command starts, as strace sees them. */
import { basename } from 'node:path'

/** The words before a command line that have the programs it starts written to `file`. */
export const recordingPrograms = (file: string): string[] => ['strace', '-f', '-qq', '-e', 'trace=execve', '-o', file]

/** Of two programs that start at once, strace tells the beginnings first, and then how they went. */
const LINE = /^(\d+) +(?:execve\("([^"]+)"|<\.\.\. execve resumed>)/

/** @param log what was written @returns the names of all that were started, in order; the command itself is the first */
export const startedPrograms = (log: string): string[] => {
  const calls: { readonly pid: string; readonly name: string; started: boolean }[] = []
  for (const line of log.split('\n')) {
    const [, pid = '', path] = LINE.exec(line) ?? []
    if (path !== undefined) calls.push({ pid, name: basename(path), started: false })
    const last = calls.findLast((call) => call.pid === pid)
    if (last !== undefined && line.endsWith(' = 0')) last.started = true
  }
  return calls.filter(({ started }) => started).map(({ name }) => name)
}
