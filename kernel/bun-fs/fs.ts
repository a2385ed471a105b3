/**
 * `node:fs` as far as the CNI executables use it, over libc. scripts/build/executables.bun.ts puts this in its place: loading Bun's own
 * node:fs, with its streams and promises, takes 2 ms of every call, a quarter of a start. Same arguments, results and error codes;
 * options that nobody uses here are not known.
 */
import { AT_FDCWD, call, errno, failure, pathBytes, perform } from './calls.ts'
import { namesOf } from './folder-names.ts'
import { SYS } from './numbers.ts'
import { accessSync, realpathSync, statfsSync } from './path-facts.ts'
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, type SlimStats, type StatOptions, statx } from './stat.ts'

export { accessSync, realpathSync, statfsSync }

/** include/uapi/asm-generic/fcntl.h; O_DIRECTORY and O_NOFOLLOW are others on arm64. */
const isArm = process.arch === 'arm64'
export const constants = {
  F_OK: 0,
  X_OK: 1,
  W_OK: 2,
  R_OK: 4,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DIRECTORY: isArm ? 0o40000 : 0o200000,
  O_NOFOLLOW: isArm ? 0o100000 : 0o400000,
} as const
const O_CLOEXEC = 0o2000000

const FLAGS: Readonly<Record<string, number>> = { r: 0, w: 0o1101, wx: 0o1301, a: 0o2101 }

export const openSync = (path: string, flags: number | string = 'r', mode = 0o666): number => {
  const bits = typeof flags === 'number' ? flags : FLAGS[flags]
  if (bits === undefined) throw new TypeError(`openSync: unknown flags ${flags}`)
  const bytes = pathBytes(path, 'open')
  return perform({ syscall: 'open', path }, () => call(SYS.openat, AT_FDCWD, bytes, bits | O_CLOEXEC, mode))
}

export const closeSync = (fd: number): void => {
  // Not again after EINTR: the descriptor is free by then, and may be somebody else's.
  if (call(SYS.close, fd) < 0 && errno() === EBADF) throw failure(EBADF, { syscall: 'close' })
}

const ENOENT = 2
const EBADF = 9
const EEXIST = 17

interface Slice {
  readonly offset?: number
  readonly length?: number
}

/** @param position undefined or null: where the descriptor stands */
export const readSync = (fd: number, into: Uint8Array, offset: number | Slice = 0, length?: number, position?: number | null): number => {
  const start = typeof offset === 'number' ? offset : (offset.offset ?? 0)
  const bytes = into.subarray(start, start + ((typeof offset === 'number' ? length : offset.length) ?? into.length - start))
  // An empty array has no address to pass.
  if (bytes.length === 0) return 0
  return perform({ syscall: 'read' }, () =>
    typeof position === 'number' ? call(SYS.pread64, fd, bytes, bytes.length, position) : call(SYS.read, fd, bytes, bytes.length),
  )
}

/** @param position undefined or null: where the descriptor stands */
export const writeSync = (fd: number, data: string | Uint8Array, offset = 0, length?: number, position?: number | null): number => {
  const whole = typeof data === 'string' ? Buffer.from(data) : data
  const bytes = whole.subarray(offset, offset + (length ?? whole.length))
  if (bytes.length === 0) return 0
  return perform({ syscall: 'write' }, () =>
    typeof position === 'number' ? call(SYS.pwrite64, fd, bytes, bytes.length, position) : call(SYS.write, fd, bytes, bytes.length),
  )
}

const CHUNK_BYTES = 1 << 13

/** The whole file, or what is left of a descriptor's. */
export const readFileSync = (file: string | number, encoding?: BufferEncoding): string | Buffer => {
  const bytes = typeof file === 'number' ? readAll(file) : opened(file, readAll)
  return encoding === undefined ? bytes : bytes.toString(encoding)
}

const readAll = (fd: number): Buffer => {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    const count = readSync(fd, chunk)
    if (count === 0) return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
    chunks.push(chunk.subarray(0, count))
  }
}

const opened = <T>(path: string, action: (fd: number) => T): T => {
  const fd = openSync(path)
  try {
    return action(fd)
  } finally {
    closeSync(fd)
  }
}

export const writeFileSync = (path: string, data: string | Uint8Array, { mode = 0o666 }: { mode?: number } = {}): void => {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const fd = openSync(path, 'w', mode)
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
  } finally {
    closeSync(fd)
  }
}

export const statSync = (path: string, options: StatOptions = {}): SlimStats | undefined =>
  statx({ path, flags: 0 }, { syscall: 'stat', path }, options)

export const lstatSync = (path: string, options: StatOptions = {}): SlimStats | undefined =>
  statx({ path, flags: AT_SYMLINK_NOFOLLOW }, { syscall: 'lstat', path }, options)

export const fstatSync = (fd: number, options: StatOptions = {}): SlimStats | undefined =>
  statx({ fd, flags: AT_EMPTY_PATH }, { syscall: 'fstat' }, options)

/** The names in a folder, in the file system's order. */
export const readdirSync = (path: string): string[] => {
  const subject = { syscall: 'scandir', path }
  const bytes = pathBytes(path, subject.syscall)
  const fd = perform(subject, () => call(SYS.openat, AT_FDCWD, bytes, constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC, 0))
  try {
    return namesOf(fd, subject)
  } finally {
    closeSync(fd)
  }
}

export const unlinkSync = (path: string): void => {
  const bytes = pathBytes(path, 'unlink')
  perform({ syscall: 'unlink', path }, () => call(SYS.unlinkat, AT_FDCWD, bytes, 0))
}

/** A file, not a folder. @param options force: that there is none is no failure */
export const rmSync = (path: string, { force = false }: { readonly force?: boolean } = {}): void => {
  const bytes = pathBytes(path, 'rm')
  if (call(SYS.unlinkat, AT_FDCWD, bytes, 0) === 0) return
  const number = errno()
  if (!force || number !== ENOENT) throw failure(number, { syscall: 'rm', path })
}

export const renameSync = (path: string, dest: string): void => {
  const [from, to] = [pathBytes(path, 'rename', 0), pathBytes(dest, 'rename', 1)]
  perform({ syscall: 'rename', path, dest }, () => call(SYS.renameat, AT_FDCWD, from, AT_FDCWD, to))
}

/** Times as dates, or in seconds since 1970; the kernel keeps them to the nanosecond, node:fs to the microsecond or so. */
export const utimesSync = (path: string, accessed: number | Date, modified: number | Date): void => {
  const times = Buffer.alloc(32)
  for (const [index, time] of [accessed, modified].entries()) {
    const seconds = typeof time === 'number' ? time : time.getTime() / 1000
    times.writeBigInt64LE(BigInt(Math.floor(seconds)), index * 16)
    times.writeBigInt64LE(BigInt(Math.floor((seconds - Math.floor(seconds)) * 1e9)), index * 16 + 8)
  }
  const bytes = pathBytes(path, 'utime')
  perform({ syscall: 'utime', path }, () => call(SYS.utimensat, AT_FDCWD, bytes, times, 0))
}

/** With `recursive`, those above it too, and that it is there is no failure. */
export const mkdirSync = (path: string, options: { readonly recursive?: boolean; readonly mode?: number } = {}): void => {
  const bytes = pathBytes(path, 'mkdir')
  if (call(SYS.mkdirat, AT_FDCWD, bytes, options.mode ?? 0o777) === 0) return
  const number = errno()
  if (options.recursive !== true) throw failure(number, { syscall: 'mkdir', path })
  if (number === EEXIST && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  const end = path.replace(/\/+$/, '').lastIndexOf('/')
  if (number !== ENOENT || end < 1) throw failure(number, { syscall: 'mkdir', path })
  mkdirSync(path.slice(0, end), options)
  mkdirSync(path, options)
}
