/**
 * The ruleset's generation number, asked for once a second for as long as a proxy lives: one socket that stays open, one message that is
 * always the same, and an answer without an acknowledgement behind it.
 *
 *   GETGEN -> NEWGEN: ID be32
 *
 * @see include/uapi/linux/netfilter/nf_tables.h; net/netfilter/nf_tables_api.c, nf_tables_getgen
 */
import { KernelError } from './errno.ts'
import type { Namespace } from './namespace.ts'
import { decodeMessages, encodeMessage, errorOf, NLMSG_ERROR } from './netlink/message.ts'
import { NETLINK_NETFILTER, type NetlinkSocket, openNetlinkSocket } from './netlink/socket.ts'
import { decodeGeneration, encodeGenerationQuery } from './nftables-netlink.ts'

export interface GenerationReader {
  /** The generation number now. A socket that fails is replaced by a new one, once. @throws KernelError */
  read(): number
  close(): void
}

/** A reader for `namespace`, by default the calling thread's at this time. @throws KernelError */
export const openGenerationReader = (namespace?: Namespace): GenerationReader =>
  generationReaderOver(() => openNetlinkSocket(NETLINK_NETFILTER, namespace))

/** A reader over sockets that `open` makes, given so that tests can play the kernel. */
export const generationReaderOver = (open: () => NetlinkSocket): GenerationReader => {
  let socket: NetlinkSocket | undefined = open()
  let last: { readonly datagram: Buffer; readonly generation: number } | undefined
  const drop = (): void => {
    socket?.close()
    socket = undefined
  }
  const attempt = (): number => {
    socket ??= open()
    try {
      const datagram = askOver(socket)
      // Nearly always: taking it apart again would be most of the work.
      if (last?.datagram.equals(datagram)) return last.generation
      last = { datagram, generation: generationIn(datagram) }
      return last.generation
    } catch (error) {
      // What is left in its queue would be taken for the next answer.
      drop()
      throw error
    }
  }
  return {
    read: () => {
      try {
        return attempt()
      } catch {
        return attempt()
      }
    },
    close: drop,
  }
}

const QUERY = encodeGenerationQuery()
/** Any number will do: the answer to a question is read before the next is put. */
const SEQUENCE = 1
/** The kernel puts the sender's port in by itself. */
const DATAGRAM = encodeMessage(QUERY, 0, SEQUENCE, 0)
const EPROTO = 71

const askOver = (socket: NetlinkSocket): Buffer => {
  socket.send(DATAGRAM)
  return socket.receive() ?? refuse('no answer')
}

const generationIn = (datagram: Buffer): number => {
  const [reply] = decodeMessages(datagram)
  if (reply?.type === NLMSG_ERROR) throw errorOf(QUERY, reply) ?? refuse('an acknowledgement only')
  return decodeGeneration(reply)
}

const refuse = (what: string): never => {
  throw new KernelError(`${QUERY.operation}: ${what}`, EPROTO)
}
