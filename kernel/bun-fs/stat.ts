/**
 * What statx(2) tells of a file, reduced to what the executables read of it.
 *
 *   struct statx: u16 mode at 28, u64 ino at 32, u64 size at 40, { i64 seconds, u32 nanoseconds } ctime at 96, mtime at 112,
 *   u32 device major at 136, minor at 140
 *
 * @see include/uapi/linux/stat.h
 */
import { AT_FDCWD, call, errno, failure, pathBytes, type Subject } from './calls.ts'
import { SYS } from './numbers.ts'

/** Fields of node:fs's Stats; with `bigint`, dev and ino are exact. */
export interface SlimStats {
  readonly dev: number | bigint
  readonly ino: number | bigint
  readonly mode: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  /** With `bigint` only. */
  readonly mtimeNs?: bigint
  readonly ctimeNs?: bigint
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

export interface StatOptions {
  readonly bigint?: boolean
  /** When false, an entry that is not there gives undefined. */
  readonly throwIfNoEntry?: boolean
}

export const AT_SYMLINK_NOFOLLOW = 0x100
export const AT_EMPTY_PATH = 0x1000
const STATX_BASIC_STATS = 0x7ff
const ENOENT = 2

const record = Buffer.alloc(256)

/**
 * Asks the kernel about a path, or with AT_EMPTY_PATH about a descriptor. That nothing is there is found out without making an error, which
 * takes longer than the question.
 * @throws what node:fs would throw
 */
export const statx = (
  { fd = AT_FDCWD, path = '', flags }: StatxRequest,
  subject: Subject,
  { bigint = false, throwIfNoEntry = true }: StatOptions,
): SlimStats | undefined => {
  const bytes = pathBytes(path, subject.syscall)
  if (call(SYS.statx, fd, bytes, flags, STATX_BASIC_STATS, record) === 0) return decode(bigint)
  const number = errno()
  if (number === ENOENT && !throwIfNoEntry) return undefined
  throw failure(number, subject)
}

export interface StatxRequest {
  readonly fd?: number
  readonly path?: string
  readonly flags: number
}

const S_IFMT = 0o170000
const S_IFREG = 0o100000
const S_IFDIR = 0o040000
const S_IFLNK = 0o120000

const decode = (bigint: boolean): SlimStats => {
  const mode = record.readUInt16LE(28)
  const ino = record.readBigUInt64LE(32)
  const dev = deviceNumber(BigInt(record.readUInt32LE(136)), BigInt(record.readUInt32LE(140)))
  const isOf = (type: number) => (): boolean => (mode & S_IFMT) === type
  return {
    dev: bigint ? dev : Number(dev),
    ino: bigint ? ino : Number(ino),
    mode,
    size: Number(record.readBigUInt64LE(40)),
    ctimeMs: milliseconds(96),
    mtimeMs: milliseconds(112),
    ...(bigint && { mtimeNs: nanoseconds(112), ctimeNs: nanoseconds(96) }),
    isFile: isOf(S_IFREG),
    isDirectory: isOf(S_IFDIR),
    isSymbolicLink: isOf(S_IFLNK),
  }
}

const milliseconds = (offset: number): number => Number(record.readBigInt64LE(offset)) * 1000 + record.readUInt32LE(offset + 8) / 1e6

const nanoseconds = (offset: number): bigint => record.readBigInt64LE(offset) * 1_000_000_000n + BigInt(record.readUInt32LE(offset + 8))

/** gnu_dev_makedev of sys/sysmacros.h. */
const deviceNumber = (major: bigint, minor: bigint): bigint =>
  ((major & 0xfffn) << 8n) | ((major & 0xfffff000n) << 32n) | (minor & 0xffn) | ((minor & 0xffffff00n) << 12n)
