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

export interface StatOptions {
  readonly bigint?: boolean
  /** When false, an entry that is not there gives undefined. */
  readonly throwIfNoEntry?: boolean
}

export const AT_SYMLINK_NOFOLLOW = 0x100
export const AT_EMPTY_PATH = 0x1000
const STATX_BASIC_STATS = 0x7ff
const ENOENT = 2

const RECORD_BYTES = 256

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
  const record = Buffer.allocUnsafeSlow(RECORD_BYTES)
  if (call(SYS.statx, fd, bytes, flags, STATX_BASIC_STATS, record) === 0) return new SlimStats(record, bigint)
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

/** Fields of node:fs's Stats, each decoded when it is asked for: who asks wants one or two. With `bigint`, dev and ino are exact. */
export class SlimStats {
  private readonly record: Buffer
  private readonly bigint: boolean

  constructor(record: Buffer, bigint: boolean) {
    this.record = record
    this.bigint = bigint
  }

  get dev(): number | bigint {
    const device = deviceNumber(BigInt(this.record.readUInt32LE(136)), BigInt(this.record.readUInt32LE(140)))
    return this.bigint ? device : Number(device)
  }

  get ino(): number | bigint {
    const inode = this.record.readBigUInt64LE(32)
    return this.bigint ? inode : Number(inode)
  }

  get mode(): number {
    return this.record.readUInt16LE(28)
  }

  get size(): number {
    return Number(this.record.readBigUInt64LE(40))
  }

  get ctimeMs(): number {
    return milliseconds(this.record, 96)
  }

  get mtimeMs(): number {
    return milliseconds(this.record, 112)
  }

  /** With `bigint` only. */
  get ctimeNs(): bigint | undefined {
    return this.bigint ? nanoseconds(this.record, 96) : undefined
  }

  /** With `bigint` only. */
  get mtimeNs(): bigint | undefined {
    return this.bigint ? nanoseconds(this.record, 112) : undefined
  }

  isFile(): boolean {
    return (this.mode & S_IFMT) === S_IFREG
  }

  isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR
  }

  isSymbolicLink(): boolean {
    return (this.mode & S_IFMT) === S_IFLNK
  }
}

const milliseconds = (record: Buffer, offset: number): number =>
  Number(record.readBigInt64LE(offset)) * 1000 + record.readUInt32LE(offset + 8) / 1e6

const nanoseconds = (record: Buffer, offset: number): bigint =>
  record.readBigInt64LE(offset) * 1_000_000_000n + BigInt(record.readUInt32LE(offset + 8))

/** gnu_dev_makedev of sys/sysmacros.h. */
const deviceNumber = (major: bigint, minor: bigint): bigint =>
  ((major & 0xfffn) << 8n) | ((major & 0xfffff000n) << 32n) | (minor & 0xffn) | ((minor & 0xffffff00n) << 12n)
