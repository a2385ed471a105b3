/**
 * Waiting for descriptors.
 *
 *   pollfd: i32 fd, i16 events, i16 those that came · timespec: i64 seconds, i64 nanoseconds
 *
 * @see include/uapi/asm-generic/poll.h
 */
import { addressOf, call, perform } from './calls.ts'
import { SIGNAL_SET_BYTES } from './child.ts'
import { SYS } from './numbers.ts'

const POLLFD_BYTES = 8
const POLLIN = 1
const POLLOUT = 4

export interface Waiting {
  /** The one of them that is written to; the others are read. */
  readonly written?: number
  /** Milliseconds; without it, as long as it takes. */
  readonly timeout?: number
}

/** Waits. @returns those of `fds` with which something can be done, being closed at the other end too; none when the time is over */
export const readyOf = (fds: readonly number[], { written, timeout }: Waiting): readonly number[] => {
  const asked = Buffer.alloc(fds.length * POLLFD_BYTES)
  for (const [index, fd] of fds.entries()) {
    asked.writeInt32LE(fd, index * POLLFD_BYTES)
    asked.writeUInt16LE(fd === written ? POLLOUT : POLLIN, index * POLLFD_BYTES + 4)
  }
  // The kernel writes back what is left of the time when a signal comes in between.
  const left = timeout === undefined ? null : timespec(timeout)
  perform({ syscall: 'ppoll' }, () => call(SYS.ppoll, addressOf(asked), fds.length, left, null, SIGNAL_SET_BYTES))
  return fds.filter((_, index) => asked.readUInt16LE(index * POLLFD_BYTES + 6) !== 0)
}

const timespec = (milliseconds: number): BigInt64Array =>
  new BigInt64Array([BigInt(milliseconds) / 1000n, BigInt(milliseconds % 1000) * 1_000_000n])
