/**
 * Netlink messages as bytes.
 *
 *   nlmsghdr: u32 length | u16 type | u16 flags | u32 sequence | u32 port, then the payload, padded to 4 bytes
 *   NLMSG_ERROR payload: i32 -errno (0 = acknowledged), the request's header, optional extended-ACK attributes
 */
import { KernelError } from '../errno.ts'
import { putU16, putU32 } from './put.ts'

/** Message types and flags, include/uapi/linux/netlink.h. */
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
export const NLM_F_REQUEST = 0x1
export const NLM_F_MULTI = 0x2
export const NLM_F_ACK = 0x4
export const NLM_F_ECHO = 0x8
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800
export const NLM_F_DUMP = 0x300
const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200
const NLMSGERR_ATTR_MSG = 1

export const HEADER_BYTES = 16
/** The errno and the request's header. */
const ERROR_BYTES = 4 + HEADER_BYTES
const EPROTO = 71

/** One message to send: its payload in pieces, as the `netlink` package's codecs make them. `operation` is for the error text. */
export interface NetlinkRequest {
  readonly operation: string
  readonly type: number
  /** Beside NLM_F_REQUEST, which is added. */
  readonly flags: number
  readonly payload: Uint8Array | readonly Uint8Array[]
  /** A query for one thing: what it is answered with, one message or a refusal, is the whole answer, and no acknowledgement is asked for. */
  readonly isPointQuery?: true
}

/** One message received. */
export interface NetlinkReply {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly payload: Buffer
}

/** Encodes one message, padded to the 4-byte boundary that the next one starts on. */
export const encodeMessage = (request: NetlinkRequest, flags: number, sequence: number, port: number): Buffer => {
  const message = Buffer.allocUnsafe(paddedLength(request))
  writeMessage(message, 0, { request, flags, sequence, port })
  return message
}

/** Bytes that a message takes among others. */
export const paddedLength = (request: NetlinkRequest): number => (HEADER_BYTES + byteLength(request.payload) + 3) & ~3

export interface Numbered {
  readonly request: NetlinkRequest
  /** Beside the request's own. */
  readonly flags: number
  readonly sequence: number
  readonly port: number
}

/** Writes one message, padded, into bytes that may hold anything; returns where the next one starts. */
export const writeMessage = (into: Buffer, at: number, { request, flags, sequence, port }: Numbered): number => {
  const { type, payload } = request
  let end = at + HEADER_BYTES
  if (payload instanceof Uint8Array) {
    into.set(payload, end)
    end += payload.length
  } else {
    for (const piece of payload) {
      into.set(piece, end)
      end += piece.length
    }
  }
  putU32(into, at, end - at)
  putU16(into, at + 4, type)
  putU16(into, at + 6, request.flags | flags | NLM_F_REQUEST)
  putU32(into, at + 8, sequence)
  putU32(into, at + 12, port)
  while ((end - at) % 4 !== 0) into[end++] = 0
  return end
}

/** Splits a datagram into its messages. @throws KernelError EPROTO when lengths do not add up */
export const decodeMessages = (datagram: Buffer): NetlinkReply[] => {
  const replies: NetlinkReply[] = []
  for (let offset = 0; offset + HEADER_BYTES <= datagram.length; ) {
    const length = datagram.readUInt32LE(offset)
    if (length < HEADER_BYTES || offset + length > datagram.length) throw new KernelError('netlink message with a wrong length', EPROTO)
    replies.push({
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      payload: datagram.subarray(offset + HEADER_BYTES, offset + length),
    })
    offset += (length + 3) & ~3
  }
  return replies
}

/** What a failure is told of. A request's words may have to be made: only a failure looks for them. */
export type Subject = Pick<NetlinkRequest, 'operation'>

/** What an NLMSG_ERROR reply says of what was asked: `undefined` for an acknowledgement. @throws KernelError EPROTO when it is too short to say */
export const errorOf = (asked: Subject, reply: NetlinkReply): KernelError | undefined => {
  if (reply.payload.length < ERROR_BYTES) throw new KernelError(`${asked.operation}: netlink error message too short`, EPROTO)
  const errno = -reply.payload.readInt32LE(0)
  if (errno === 0) return undefined
  const explanation = extendedAckText(reply)
  return new KernelError(explanation === undefined ? asked.operation : `${asked.operation} (${explanation})`, errno)
}

/** The kernel's own sentence about the failure, when it has one (NLMSGERR_ATTR_MSG). */
const extendedAckText = (reply: NetlinkReply): string | undefined => {
  if ((reply.flags & NLM_F_ACK_TLVS) === 0) return undefined
  const echoed = reply.flags & NLM_F_CAPPED ? HEADER_BYTES : reply.payload.readUInt32LE(4)
  // Beyond what arrived there is no sentence, and no number of 32 bits to count with.
  if (echoed > reply.payload.length) return undefined
  for (let offset = 4 + ((echoed + 3) & ~3); offset + 4 <= reply.payload.length; ) {
    const length = reply.payload.readUInt16LE(offset)
    const type = reply.payload.readUInt16LE(offset + 2) & 0x3fff
    if (length < 4) return undefined
    if (type === NLMSGERR_ATTR_MSG) return reply.payload.toString('utf8', offset + 4, offset + length - 1)
    offset += (length + 3) & ~3
  }
  return undefined
}

/** Bytes of a payload, whole or in pieces. */
export const byteLength = (payload: NetlinkRequest['payload']): number => {
  if (payload instanceof Uint8Array) return payload.length
  let sum = 0
  for (const { length } of payload) sum += length
  return sum
}
