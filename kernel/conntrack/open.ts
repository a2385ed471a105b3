/** Connection tracking of a namespace, over netlink: finding flows and forgetting them. */
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { hasCode } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import type { NetlinkChannel } from '../netlink/channel.ts'
import { askNetfilter } from '../netlink/nfnetlink.ts'
import { decodeFlow, encodeFlowDeletion, encodeFlowsDump, type Flow, type FlowFilter } from './messages.ts'

export interface Conntrack {
  /** The flows that a filter names. The kernel picks them (since Linux 5.8), so a table of a million others costs no memory here. @throws KernelError */
  flows(filter: FlowFilter): Flow[]
  /** Forgets flows, so that their next packet is routed and translated anew. Those already gone do not count as failures. @throws KernelError the first failure */
  remove(flows: readonly Flow[]): void
}

/** Opens a socket for each call, in `namespace`, by default the calling thread's. */
export const openConntrack = (namespace?: Namespace): Conntrack => ({
  flows: (filter) => askNetfilter(namespace, (channel) => flowsOver(channel, filter)),
  remove: (flows) => {
    if (flows.length > 0) askNetfilter(namespace, (channel) => removeOver(channel, flows))
  },
})

export const flowsOver = (channel: NetlinkChannel, filter: FlowFilter): Flow[] =>
  channel
    .dump(encodeFlowsDump(filter))
    .flatMap((reply) => decodeFlow(reply) ?? [])
    .filter((flow) => flow.protocol === PROTOCOL_NUMBER[filter.protocol] && flow.destinationPort === filter.destinationPort)

export const removeOver = (channel: NetlinkChannel, flows: readonly Flow[]): void => {
  const failure = channel.batch(flows.map(encodeFlowDeletion)).find((outcome) => outcome !== undefined && !hasCode(outcome, 'ENOENT'))
  if (failure !== undefined) throw failure
}
