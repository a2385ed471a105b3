/** Changes that are carried out all or none: a datagram of netfilter messages between BATCH_BEGIN and BATCH_END. */
import { KernelError } from '../errno.ts'
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
  const parts = requests.flatMap((request, index) => encodeMessage(request, index === asking ? NLM_F_ACK : 0, index + 1, socket.port))
  socket.send(Buffer.concat(parts))
  const told: NetlinkReply[] = []
  let acknowledged = false
  for (let datagram = socket.receive(); datagram !== undefined; datagram = socket.receive()) {
    for (const reply of decodeMessages(datagram)) {
      const request = requests[reply.sequence - 1]
      if (reply.type !== NLMSG_ERROR) told.push(reply)
      if (request === undefined || reply.type !== NLMSG_ERROR) continue
      const refusal = errorOf(request.operation, reply)
      if (refusal !== undefined) throw refusal
      acknowledged ||= reply.sequence - 1 === asking
    }
  }
  if (!acknowledged) throw new KernelError(`${requests[asking]?.operation}: the kernel did not answer`, EPROTO)
  return told
}
