/** What node:fs tells of a path, beside stat.ts. */
import type { StatsFs } from 'node:fs'
import { AT_FDCWD, call, pathBytes, perform } from './calls.ts'
import { SYS } from './numbers.ts'

const O_CLOEXEC = 0o2000000
const O_PATH = 0o10000000
const PATH_MAX = 4096

/** By the descriptor of what a path leads to, whose name the kernel tells. */
export const realpathSync = (path: string): string =>
  atPath(path, 'lstat', (fd) => {
    const resolved = Buffer.allocUnsafeSlow(PATH_MAX)
    const link = pathBytes(`/proc/self/fd/${fd}`, 'readlink')
    const length = perform({ syscall: 'readlink', path }, () => call(SYS.readlinkat, AT_FDCWD, link, resolved, PATH_MAX))
    return resolved.toString('utf8', 0, length)
  })

export const accessSync = (path: string, mode = 0): void => {
  const bytes = pathBytes(path, 'access')
  perform({ syscall: 'access', path }, () => call(SYS.faccessat, AT_FDCWD, bytes, mode))
}

const STATFS_BYTES = 120

/** struct statfs of 64-bit machines (include/uapi/asm-generic/statfs.h): u64 type, block size, blocks, free, available, files, free ones. */
export const statfsSync = (path: string): Pick<StatsFs, 'blocks' | 'bavail' | 'files' | 'ffree'> =>
  atPath(path, 'statfs', (fd) => {
    const record = Buffer.alloc(STATFS_BYTES)
    perform({ syscall: 'statfs', path }, () => call(SYS.fstatfs, fd, record))
    const word = (index: number): number => Number(record.readBigUInt64LE(index * 8))
    return { blocks: word(2), bavail: word(4), files: word(5), ffree: word(6) }
  })

/** Runs `action` with a descriptor that names what a path leads to, and needs no right to read it. */
const atPath = <T>(path: string, syscall: string, action: (fd: number) => T): T => {
  const bytes = pathBytes(path, syscall)
  const fd = perform({ syscall, path }, () => call(SYS.openat, AT_FDCWD, bytes, O_PATH | O_CLOEXEC))
  try {
    return action(fd)
  } finally {
    call(SYS.close, fd)
  }
}
