/** A netlink socket as a file descriptor: open (here or in another namespace), send, receive, close. Synchronous. */
import { closeSync } from 'node:fs'
import { libc } from '#libc'
import { orThrow } from '../errno.ts'
import { inNamespace, type Namespace } from '../namespace.ts'

/** Netlink families, include/uapi/linux/netlink.h. */
export const NETLINK_ROUTE = 0
export const NETLINK_NETFILTER = 12
export const NETLINK_GENERIC = 16

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_ADD_MEMBERSHIP = 1
const NETLINK_EXT_ACK = 11
const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40

/** struct sockaddr_nl { u16 family; u16 pad; u32 port; u32 groups } */
const sockaddrNetlink = (port: number): Buffer => {
  const address = Buffer.alloc(12)
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(port, 4)
  return address
}

/** The kernel never sends a netlink datagram above 32 KiB unless the reader offers more; dumps adapt to this size. */
const RECEIVE_BYTES = 1 << 16
/** Room for the error replies of a whole batch; the default 208 KiB overflows (ENOBUFS) when everything fails. */
const RECEIVE_QUEUE_BYTES = 4 << 20

export interface NetlinkSocket {
  readonly fd: number
  /** The address the kernel gave this socket. */
  readonly port: number
  /** Sends one datagram to the kernel. Requests are carried out before this returns. @throws KernelError */
  send(datagram: Uint8Array): void
  /** The next datagram, or `undefined` when none is waiting (never blocks). The bytes are the caller's. @throws KernelError, e.g. ENOBUFS */
  receive(): Buffer | undefined
  /** Joins a multicast group, by number. */
  join(group: number): void
  close(): void
}

/** Opens a netlink socket of `protocol`, in `namespace` (default: the calling thread's). It stays in that namespace. */
export const openNetlinkSocket = (protocol: number, namespace?: Namespace): NetlinkSocket => {
  const open = (): number => orThrow('socket(AF_NETLINK)', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol))
  const fd = namespace === undefined ? open() : inNamespace(namespace, open)
  try {
    orThrow('bind(AF_NETLINK)', libc.bind(fd, sockaddrNetlink(0)))
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_QUEUE_BYTES)
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return socketOf(fd)
}

/** Of all sockets of this thread: a datagram is copied out before anybody else can receive. One for each would be 16 page faults for each. */
const receiveBuffer = Buffer.allocUnsafeSlow(RECEIVE_BYTES)

const socketOf = (fd: number): NetlinkSocket => {
  const address = Buffer.alloc(12)
  orThrow('getsockname', libc.getsockname(fd, address))
  return {
    fd,
    port: address.readUInt32LE(4),
    send: (datagram) => {
      orThrow('netlink send', libc.send(fd, datagram, 0))
    },
    receive: () => receiveInto(fd, receiveBuffer),
    join: (group) => {
      orThrow('netlink join', libc.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group))
    },
    close: () => closeSync(fd),
  }
}

const EAGAIN = 11
const EINTR = 4
const EMSGSIZE = 90

const receiveInto = (fd: number, buffer: Buffer): Buffer | undefined => {
  for (;;) {
    const length = libc.recv(fd, buffer, MSG_DONTWAIT | MSG_TRUNC)
    if (length === -EINTR) continue
    if (length === -EAGAIN) return undefined
    orThrow('netlink receive', length)
    if (length > buffer.length) orThrow(`netlink receive of ${length} bytes`, -EMSGSIZE)
    return Buffer.from(buffer.subarray(0, length))
  }
}
