/** Changes that are carried out all or none: a datagram of netfilter messages between BATCH_BEGIN and BATCH_END. */
import { hasCode, KernelError } from '../errno.ts'
import { decodeMessages, encodeMessage, errorOf, type NetlinkReply, type NetlinkRequest, NLM_F_ACK, NLMSG_ERROR } from './message.ts'
import type { NetlinkSocket } from './socket.ts'

const EPROTO = 71

/**
 * Sends `requests`, of which the first begins and the last ends the transaction. The one before the last is acknowledged, so that
 * silence is never taken for success.
 * @returns what the kernel says beside acknowledgements
 * @throws KernelError the first refusal; then nothing was changed
 */
export const transactionOver = (socket: NetlinkSocket, requests: readonly NetlinkRequest[]): NetlinkReply[] => {
  const asking = requests.length - 2
  const parts = requests.map((request, index) => encodeMessage(request, index === asking ? NLM_F_ACK : 0, index + 1, socket.port))
  socket.send(Buffer.concat(parts))
  const told: NetlinkReply[] = []
  let refusal: KernelError | undefined
  let acknowledged = false
  for (const reply of waitingOn(socket).flatMap(decodeMessages)) {
    const request = requests[reply.sequence - 1]
    if (reply.type !== NLMSG_ERROR) told.push(reply)
    if (request === undefined || reply.type !== NLMSG_ERROR) continue
    refusal ??= errorOf(request, reply)
    acknowledged ||= reply.sequence - 1 === asking
  }
  if (refusal !== undefined) throw refusal
  if (!acknowledged) throw new KernelError(`${requests[asking]?.operation}: the kernel did not answer`, EPROTO)
  return told
}

/** Each message that is refused is a datagram of its own; one that is left behind would be taken for an answer to the next transaction. */
const waitingOn = (socket: NetlinkSocket): Buffer[] => {
  const datagrams: Buffer[] = []
  let overrun: unknown
  for (;;) {
    try {
      const datagram = socket.receive()
      if (datagram === undefined) break
      datagrams.push(datagram)
    } catch (error) {
      // What was lost is told once; what came before and after is still waiting.
      if (overrun !== undefined || !hasCode(error, 'ENOBUFS')) throw error
      overrun = error
    }
  }
  if (overrun !== undefined) throw overrun
  return datagrams
}
