/** A netlink socket for tests, behind which a function plays the kernel. */
import type { NetlinkSocket } from '../netlink/socket.ts'

const ERROR = 2
/** The port of every scripted socket. */
export const PORT = 77

/** What the kernel of the test was asked: the header's fields and the payload. */
export interface Asked {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly port: number
  readonly payload: Buffer
}

const readRequests = (datagram: Buffer): Asked[] => {
  const asked: Asked[] = []
  for (let offset = 0; offset < datagram.length; ) {
    const length = datagram.readUInt32LE(offset)
    asked.push({
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      port: datagram.readUInt32LE(offset + 12),
      payload: datagram.subarray(offset + 16, offset + length),
    })
    offset += (length + 3) & ~3
  }
  return asked
}

/** One netlink message, padded. */
export const message = (fields: { type: number; flags?: number; sequence: number; payload?: Buffer }): Buffer => {
  const payload = fields.payload ?? Buffer.alloc(0)
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + payload.length, 0)
  header.writeUInt16LE(fields.type, 4)
  header.writeUInt16LE(fields.flags ?? 0, 6)
  header.writeUInt32LE(fields.sequence, 8)
  header.writeUInt32LE(PORT, 12)
  return Buffer.concat([header, payload, Buffer.alloc(-payload.length & 3)])
}

/** An acknowledgement (errno 0) or a refusal; echoes an empty request. */
export const answer = (sequence: number, errno = 0): Buffer => {
  const payload = Buffer.alloc(20)
  payload.writeInt32LE(-errno, 0)
  payload.writeUInt32LE(16, 4)
  return message({ type: ERROR, sequence, payload })
}

/** A socket whose kernel answers each datagram by `play`: the datagrams it queues. */
export const scripted = (play: (requests: Asked[], turn: number) => Buffer[]) => {
  const sent: Asked[][] = []
  const queue: Buffer[] = []
  let closed = false
  const socket: NetlinkSocket = {
    fd: -1,
    port: PORT,
    send: (datagram) => {
      const requests = readRequests(Buffer.from(datagram))
      sent.push(requests)
      queue.push(...play(requests, sent.length))
    },
    receive: () => queue.shift(),
    join: () => {
      throw new Error('a channel joins no group')
    },
    close: () => {
      closed = true
    },
  }
  return { socket, sent, queue, isClosed: () => closed }
}
