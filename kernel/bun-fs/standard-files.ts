/** What a child takes over from this process: made so before it starts, and as it was after. Nothing else runs meanwhile. */
import { AT_FDCWD, call, pathBytes, perform } from './calls.ts'
import { SYS } from './numbers.ts'

/** Standard input, output and error. */
export type StandardFiles = readonly [input: number, output: number, error: number]

const F_DUPFD_CLOEXEC = 1030
const CLOSE_RANGE_CLOEXEC = 4
const LAST_DESCRIPTOR = 0xffff_ffff
const O_PATH = 0o10000000
const O_CLOEXEC = 0o2000000

/** Runs `action` with these as this process's standard files, every other descriptor closed to children, and `/` as its folder. */
export const withStandardFiles = <T>(files: StandardFiles, action: () => T): T => {
  const [folder, root] = [openFolder('.'), openFolder('/')]
  try {
    call(SYS.fchdir, root)
    return withFiles(files, action)
  } finally {
    call(SYS.fchdir, folder)
    for (const fd of [folder, root]) call(SYS.close, fd)
  }
}

/** The same in the folder that is. */
export const withFiles = <T>(files: StandardFiles, action: () => T): T => {
  const own = [0, 1, 2].map((fd) => perform({ syscall: 'fcntl' }, () => call(SYS.fcntl, fd, F_DUPFD_CLOEXEC, files.length)))
  try {
    // Unknown before Linux 5.11; then only what was opened by whoever started us is left open.
    call(SYS.close_range, files.length, LAST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC)
    for (const [fd, file] of files.entries()) become(fd, file)
    return action()
  } finally {
    for (const [fd, file] of own.entries()) {
      become(fd, file)
      call(SYS.close, file)
    }
  }
}

/** @returns -1 when it cannot be opened; who cannot name his folder cannot be in it either */
const openFolder = (path: string): number => call(SYS.openat, AT_FDCWD, pathBytes(path, 'open'), O_PATH | O_CLOEXEC)

const become = (fd: number, file: number): number => perform({ syscall: 'dup3' }, () => call(SYS.dup3, file, fd, 0))
