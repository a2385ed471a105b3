/**
 * Failures of the kernel as one error class. The table is spelled out because `node:os` and `node:util` cost a CNI call 3 ms.
 * Numbers and texts: include/uapi/asm-generic/errno-base.h and errno.h; the texts are those that Go's syscall package prints,
 * which the CNI error messages quote.
 */
type Words = readonly [code: string, text: string]

const makeTable = (): Readonly<Record<number, Words>> => ({
  1: ['EPERM', 'operation not permitted'],
  2: ['ENOENT', 'no such file or directory'],
  3: ['ESRCH', 'no such process'],
  4: ['EINTR', 'interrupted system call'],
  5: ['EIO', 'input/output error'],
  6: ['ENXIO', 'no such device or address'],
  7: ['E2BIG', 'argument list too long'],
  8: ['ENOEXEC', 'exec format error'],
  9: ['EBADF', 'bad file descriptor'],
  11: ['EAGAIN', 'resource temporarily unavailable'],
  12: ['ENOMEM', 'cannot allocate memory'],
  13: ['EACCES', 'permission denied'],
  14: ['EFAULT', 'bad address'],
  16: ['EBUSY', 'device or resource busy'],
  17: ['EEXIST', 'file exists'],
  18: ['EXDEV', 'invalid cross-device link'],
  19: ['ENODEV', 'no such device'],
  20: ['ENOTDIR', 'not a directory'],
  21: ['EISDIR', 'is a directory'],
  22: ['EINVAL', 'invalid argument'],
  23: ['ENFILE', 'too many open files in system'],
  24: ['EMFILE', 'too many open files'],
  25: ['ENOTTY', 'inappropriate ioctl for device'],
  26: ['ETXTBSY', 'text file busy'],
  27: ['EFBIG', 'file too large'],
  28: ['ENOSPC', 'no space left on device'],
  29: ['ESPIPE', 'illegal seek'],
  30: ['EROFS', 'read-only file system'],
  31: ['EMLINK', 'too many links'],
  32: ['EPIPE', 'broken pipe'],
  33: ['EDOM', 'numerical argument out of domain'],
  34: ['ERANGE', 'numerical result out of range'],
  36: ['ENAMETOOLONG', 'file name too long'],
  38: ['ENOSYS', 'function not implemented'],
  39: ['ENOTEMPTY', 'directory not empty'],
  40: ['ELOOP', 'too many levels of symbolic links'],
  61: ['ENODATA', 'no data available'],
  71: ['EPROTO', 'protocol error'],
  75: ['EOVERFLOW', 'value too large for defined data type'],
  85: ['ERESTART', 'interrupted system call should be restarted'],
  90: ['EMSGSIZE', 'message too long'],
  92: ['ENOPROTOOPT', 'protocol not available'],
  93: ['EPROTONOSUPPORT', 'protocol not supported'],
  95: ['EOPNOTSUPP', 'operation not supported'],
  97: ['EAFNOSUPPORT', 'address family not supported by protocol'],
  98: ['EADDRINUSE', 'address already in use'],
  99: ['EADDRNOTAVAIL', 'cannot assign requested address'],
  100: ['ENETDOWN', 'network is down'],
  101: ['ENETUNREACH', 'network is unreachable'],
  103: ['ECONNABORTED', 'software caused connection abort'],
  104: ['ECONNRESET', 'connection reset by peer'],
  105: ['ENOBUFS', 'no buffer space available'],
  106: ['EISCONN', 'transport endpoint is already connected'],
  107: ['ENOTCONN', 'transport endpoint is not connected'],
  110: ['ETIMEDOUT', 'connection timed out'],
  111: ['ECONNREFUSED', 'connection refused'],
  113: ['EHOSTUNREACH', 'no route to host'],
  114: ['EALREADY', 'operation already in progress'],
  115: ['EINPROGRESS', 'operation now in progress'],
  116: ['ESTALE', 'stale file handle'],
  122: ['EDQUOT', 'disk quota exceeded'],
})

let made: ReturnType<typeof makeTable> | undefined

/** Made at the first failure: most calls have none, and it is a tenth of a millisecond. */
const table = (): ReturnType<typeof makeTable> => {
  made ??= makeTable()
  return made
}

/** An errno's name and the text that Go prints for it. */
export const wordsOf = (errno: number): Words => table()[errno] ?? [`errno ${errno}`, `errno ${errno}`]

/** A request that the kernel refused. `operation` is what was asked for, in words; `reason` the errno's text. */
export class KernelError extends Error {
  override readonly name = 'KernelError'
  readonly operation: string
  readonly errno: number
  readonly code: string
  readonly reason: string

  /** @param errno positive errno number, as in errno.h */
  constructor(operation: string, errno: number) {
    const [code, text] = wordsOf(errno)
    super(`${operation}: ${text}`)
    this.operation = operation
    this.errno = errno
    this.code = code
    this.reason = text
  }
}

/** Whether `error` carries one of these errno codes: ours, and Node's own file system errors alike. */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)

/** The text Go prints for the errno inside an error: `no such file or directory` for ENOENT; other errors give their message. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof KernelError) return error.reason
  if (!(error instanceof Error)) return String(error)
  return ('code' in error ? textOf(error.code) : undefined) ?? error.message
}

/** The text Go prints for an errno's name. */
export const textOf = (code: unknown): string | undefined => Object.values(table()).find(([name]) => name === code)?.[1]

/** Passes a system call's result through; a negative one (`-errno`) becomes a KernelError. */
export const orThrow = (operation: string, result: number): number => {
  if (result < 0) throw new KernelError(operation, -result)
  return result
}

/** Runs `action`; a failure with one of these codes is expected here and gives `undefined`. */
export const ignoring = <T>(codes: readonly string[], action: () => T): T | undefined => {
  try {
    return action()
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined
    throw error
  }
}
