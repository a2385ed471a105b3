/** One datagram from a netlink socket, of any size, without waiting. */
import type { MessageInfo } from 'netlink/dist/raw.js'
import { libc } from '#libc'
import { orThrow } from '../errno.ts'

const EINTR = 4
const EAGAIN = 11
const MSG_PEEK = 0x02
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40

/** A datagram, with `info.truncated` = its real length when it was longer than the buffer. */
export interface Datagram {
  readonly bytes: Buffer
  readonly info: MessageInfo
}

/**
 * The next datagram, or undefined when none is waiting. `bufferBytes` limits it; 0 asks for its size first.
 * @throws KernelError, e.g. ENOBUFS when the kernel had to drop some
 */
export const receiveDatagram = (fd: number, bufferBytes: number): Datagram | undefined => {
  const size = bufferBytes || receiveInto(fd, Buffer.alloc(1), MSG_PEEK)
  if (size === undefined) return undefined
  const buffer = Buffer.alloc(size)
  const length = receiveInto(fd, buffer, 0)
  if (length === undefined) return undefined
  return { bytes: buffer.subarray(0, length), info: { port: 0, groups: 0, ...(length > size ? { truncated: length } : {}) } }
}

/** The real length of the next datagram; undefined when there is none. */
const receiveInto = (fd: number, buffer: Buffer, flags: number): number | undefined => {
  for (;;) {
    const length = libc.recv(fd, buffer, flags | MSG_TRUNC | MSG_DONTWAIT)
    if (length === -EAGAIN) return undefined
    if (length !== -EINTR) return orThrow('netlink receive', length)
  }
}
