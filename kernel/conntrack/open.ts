/** Connection tracking of a namespace, over netlink: finding flows and forgetting them. */
import { PROTOCOL_NUMBER } from '#net/protocol.ts'
import { hasCode } from '../errno.ts'
import type { Namespace } from '../namespace.ts'
import type { NetlinkChannel } from '../netlink/channel.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import { askNetfilter } from '../netlink/nfnetlink.ts'
import { decodeFlow, encodeFlowDeletion, encodeFlowsDump, type Flow, type FlowFilter } from './messages.ts'

export interface Conntrack {
  /**
   * The flows that a filter names and, if it is given, `keep` says yes to. The kernel picks by the filter (since Linux 5.8), and what `keep` turns
   * down is forgotten at once, so a table of a million others costs no memory here. One dump. @throws KernelError
   */
  flows(filter: FlowFilter, keep?: (flow: Flow) => boolean): Flow[]
  /** Forgets flows, so that their next packet is routed and translated anew. Those already gone do not count as failures. @throws KernelError the first failure */
  remove(flows: readonly Flow[]): void
}

/** Opens a socket for each call, in `namespace`, by default the calling thread's. */
export const openConntrack = (namespace?: Namespace): Conntrack => ({
  flows: (filter, keep) => askNetfilter(namespace, (channel) => flowsOver(channel, filter, keep)),
  remove: (flows) => {
    if (flows.length > 0) askNetfilter(namespace, (channel) => removeOver(channel, flows))
  },
})

export const flowsOver = (
  channel: Pick<NetlinkChannel, 'dump'>,
  filter: FlowFilter,
  keep: (flow: Flow) => boolean = () => true,
): Flow[] => {
  const flowOf = (reply: NetlinkReply): Flow[] => {
    const flow = decodeFlow(reply)
    return flow !== undefined && isAskedFor(flow, filter) && keep(flow) ? [flow] : []
  }
  return channel.dump(encodeFlowsDump(filter), (reply) => flowOf(reply).length > 0).flatMap(flowOf)
}

const isAskedFor = ({ protocol, destinationPort }: Flow, filter: FlowFilter): boolean =>
  protocol === PROTOCOL_NUMBER[filter.protocol] && destinationPort === (filter.destinationPort ?? destinationPort)

export const removeOver = (channel: NetlinkChannel, flows: readonly Flow[]): void => {
  const failure = channel.batch(flows.map(encodeFlowDeletion)).find((outcome) => outcome !== undefined && !hasCode(outcome, 'ENOENT'))
  if (failure !== undefined) throw failure
}
