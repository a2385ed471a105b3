/**
 * Requests and replies over one netlink socket, synchronously: the kernel carries a request out, and queues its answer, before
 * send(2) returns, so no event loop is needed (and a CNI call has no time for one).
 */
import { hasCode, KernelError } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import { groupFrom } from './groups-that-fit.ts'
import {
  decodeMessages,
  encodeMessage,
  errorOf,
  type NetlinkReply,
  type NetlinkRequest,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  paddedLength,
  type Subject,
  writeMessage,
} from './message.ts'
import { type NetlinkSocket, openNetlinkSocket } from './socket.ts'

const EPROTO = 71
const EINTR = 4

/** A dump that the kernel interrupted is read again, this often: while two hundred others change rules, five times are too few. */
const DUMP_TRIES = 100

/** What became of one message of a batch: `undefined` = acknowledged. */
export type BatchOutcome = KernelError | undefined

export interface NetlinkChannel {
  /** Sends a change or a point query and returns the messages it is answered with (none for a plain acknowledgement). @throws KernelError */
  request(request: NetlinkRequest): NetlinkReply[]
  /**
   * Sends a dump and returns all its messages, or only those that `keep` says yes to: of a huge table nothing else stays in memory. Repeated
   * while the kernel reports that it changed meanwhile. @throws KernelError
   */
  dump(request: NetlinkRequest, keep?: (reply: NetlinkReply) => boolean): NetlinkReply[]
  /**
   * Sends changes packed into as few datagrams as fit, and returns each one's outcome in order: one failing does not stop the others.
   * Only failures are answered, except by the last message of a datagram, which asks for an acknowledgement.
   * @throws KernelError when the socket itself fails (then what was carried out is unknown)
   */
  batch(requests: readonly NetlinkRequest[]): BatchOutcome[]
  /** Messages sent and datagrams sent since opening: what a change cost. */
  readonly counters: { messages: number; datagrams: number }
  /** The socket's address, by which the kernel says who changed something. */
  readonly port: number
  close(): void
}

/** Opens a channel of `protocol` (NETLINK_ROUTE, NETLINK_GENERIC, …) in `namespace`, by default the calling thread's. */
export const openChannel = (protocol: number, namespace?: Namespace): NetlinkChannel => channelOver(openNetlinkSocket(protocol, namespace))

/** A channel over a socket, given so that tests can play the kernel. Messages are numbered from `firstSequence` on, modulo 2^32. */
export const channelOver = (socket: NetlinkSocket, firstSequence = 1): NetlinkChannel => {
  const counters = { messages: 0, datagrams: 0 }
  let sequence = firstSequence
  const nextSequence = (): number => {
    const own = sequence
    sequence = (sequence + 1) >>> 0
    return own
  }
  const send = (datagram: Uint8Array, messages: number): void => {
    counters.messages += messages
    counters.datagrams += 1
    socket.send(datagram)
  }

  const request = (asked: NetlinkRequest): NetlinkReply[] => {
    const own = nextSequence()
    send(encodeMessage(asked, asked.isPointQuery ? 0 : NLM_F_ACK, own, socket.port), 1)
    return collect({ socket, asked, sequence: own }).replies
  }

  const dump = (asked: NetlinkRequest, keep?: (reply: NetlinkReply) => boolean): NetlinkReply[] => {
    for (let attempt = 1; ; attempt++) {
      const own = nextSequence()
      send(encodeMessage(asked, NLM_F_DUMP, own, socket.port), 1)
      const { replies, interrupted } = collect({ socket, asked, sequence: own, keep })
      if (!interrupted) return replies
      if (attempt === DUMP_TRIES) throw new KernelError(`${asked.operation}: dump interrupted ${DUMP_TRIES} times`, EINTR)
    }
  }

  const batch = (requests: readonly NetlinkRequest[]): BatchOutcome[] => {
    const outcomes: BatchOutcome[] = []
    for (let start = 0; start < requests.length; start = outcomes.length) {
      const { group, bytes } = groupFrom(requests, start, FITTING)
      const first = sequence
      const datagram = bytes > batchBytes.length ? Buffer.allocUnsafe(bytes) : batchBytes
      let at = 0
      for (const [index, asked] of group.entries()) {
        const flags = index === group.length - 1 ? NLM_F_ACK : 0
        at = writeMessage(datagram, at, { request: asked, flags, sequence: nextSequence(), port: socket.port })
      }
      send(datagram.subarray(0, at), group.length)
      outcomes.push(...batchOutcomes(socket, group, first))
    }
    return outcomes
  }

  return { request, dump, batch, counters, port: socket.port, close: () => socket.close() }
}

/** 16 KiB was as fast as 100 KiB, and its error replies cannot overflow the receive queue. */
const BATCH_BYTES = 16_384

const FITTING = { lengthOf: paddedLength, most: BATCH_BYTES }

/** Of all channels of this thread: a datagram is sent before the next one is written. */
const batchBytes = Buffer.allocUnsafeSlow(BATCH_BYTES)

const batchOutcomes = (socket: NetlinkSocket, group: readonly NetlinkRequest[], first: number): BatchOutcome[] => {
  const outcomes: BatchOutcome[] = new Array(group.length).fill(undefined)
  for (;;) {
    for (const reply of receiveMessages(socket, { operation: 'netlink batch' })) {
      const index = (reply.sequence - first) >>> 0
      const asked = group[index]
      if (asked === undefined || reply.type !== NLMSG_ERROR) continue
      outcomes[index] = errorOf(asked, reply)
      if (index === group.length - 1) return outcomes
    }
  }
}

interface Expected {
  readonly socket: NetlinkSocket
  readonly asked: NetlinkRequest
  readonly sequence: number
  readonly keep?: ((reply: NetlinkReply) => boolean) | undefined
}

interface Collected {
  readonly replies: NetlinkReply[]
  /** A dump's parts may not fit together: the kernel marks any of them, and sometimes only the closing message. */
  interrupted: boolean
}

/** Reads until the request is acknowledged, done, refused, or answered; replies to other sequence numbers are stale and dropped. */
const collect = ({ socket, asked, sequence, keep }: Expected): Collected => {
  const collected: Collected = { replies: [], interrupted: false }
  for (;;) {
    for (const reply of receiveMessages(socket, asked)) {
      if (reply.sequence !== sequence) continue
      if (reply.flags & NLM_F_DUMP_INTR) collected.interrupted = true
      if (isLast(reply, asked)) return collected
      if (keep === undefined) collected.replies.push(reply)
      // A copy, so that one message does not hold its whole datagram.
      else if (keep(reply)) collected.replies.push({ ...reply, payload: Buffer.from(reply.payload) })
      if (asked.isPointQuery) return collected
    }
  }
}

/** Whether the answer ends here. @throws KernelError when it ends with a refusal */
const isLast = (reply: NetlinkReply, asked: Subject): boolean => {
  if (reply.type === NLMSG_ERROR) {
    const error = errorOf(asked, reply)
    if (error !== undefined) throw error
    return true
  }
  if (reply.type !== NLMSG_DONE) return false
  const errno = reply.payload.length >= 4 ? -reply.payload.readInt32LE(0) : 0
  if (errno > 0) throw new KernelError(asked.operation, errno)
  return true
}

const receiveMessages = (socket: NetlinkSocket, asked: Subject): NetlinkReply[] => {
  const datagram = receiveOrEmpty(socket)
  // The answer is queued before send returns; an empty queue means that it was lost.
  if (datagram === undefined) throw new KernelError(`${asked.operation}: the kernel did not answer`, EPROTO)
  return decodeMessages(datagram)
}

/** More than a queue holds, and a dump that the kernel goes on with while it is read. */
const MOST_LEFT = 100_000
/** Answers that overran the queue fill it up still: whoever asks next would lose his own. @throws KernelError */
const receiveOrEmpty = (socket: NetlinkSocket): Buffer | undefined => {
  try {
    return socket.receive()
  } catch (error) {
    if (hasCode(error, 'ENOBUFS')) for (let left = MOST_LEFT; left > 0 && receiveLeft(socket) !== undefined; left--);
    throw error
  }
}

/** The next one, if any; only further losses are nothing. */
const receiveLeft = (socket: NetlinkSocket): Buffer | undefined => {
  try {
    return socket.receive()
  } catch (error) {
    return hasCode(error, 'ENOBUFS') ? Buffer.alloc(0) : undefined
  }
}
