/** The system calls; behind a socket of generic netlink stands a simulated IPVS. All other descriptors are the kernel's. */
import { openSync } from 'node:fs'
import { libc as real } from '../../../kernel/libc.node.ts'
import type { Libc } from '../../../kernel/libc.ts'
import { answersTo } from './answers-to.ts'

const AF_NETLINK = 16
const NETLINK_GENERIC = 16
const MSG_PEEK = 2
const EAGAIN = 11

/** What waits to be received, by descriptor. */
const queues = new Map<number, Buffer[]>()

const socket: Libc['socket'] = (domain, type, protocol) => {
  const isSimulated = domain === AF_NETLINK && protocol === NETLINK_GENERIC
  // A descriptor of its own, which whoever has it can close.
  const fd = isSimulated ? openSync('/dev/null', 'r') : real.socket(domain, type, protocol)
  queues.delete(fd)
  if (isSimulated) queues.set(fd, [])
  return fd
}

/** struct sockaddr_nl: family, padding, port, groups. */
const getsockname: Libc['getsockname'] = (fd, address) => {
  if (!queues.has(fd)) return real.getsockname(fd, address)
  const view = Buffer.from(address.buffer, address.byteOffset, address.length).fill(0)
  view.writeUInt16LE(AF_NETLINK, 0)
  view.writeUInt32LE(fd, 4)
  return 0
}

const send: Libc['send'] = (fd, data, flags) => {
  const queue = queues.get(fd)
  if (queue === undefined) return real.send(fd, data, flags)
  for (const answer of answersTo(Buffer.from(data))) queue.push(answer)
  return data.length
}

const recv: Libc['recv'] = (fd, into, flags) => {
  const queue = queues.get(fd)
  if (queue === undefined) return real.recv(fd, into, flags)
  const [first] = queue
  if (first === undefined) return -EAGAIN
  into.set(first.subarray(0, into.length))
  if ((flags & MSG_PEEK) === 0) queue.shift()
  return first.length
}

export const libc: Libc = {
  ...real,
  socket,
  getsockname,
  send,
  recv,
  bind: (fd, address) => (queues.has(fd) ? 0 : real.bind(fd, address)),
  setsockopt: (fd, level, option, value) => (queues.has(fd) ? 0 : real.setsockopt(fd, level, option, value)),
}
