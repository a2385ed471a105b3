/**
 * UDP flows that a change of mappings makes wrong: the kernel would go on to treat their packets as it did their first one. The reference
 * forgets all flows to a mapped port, whoever has them, on ADD, and none on DEL (containernetworking/plugins issue 1190).
 */
import type { Flow } from '#kernel/conntrack/messages.ts'
import type { Conntrack } from '#kernel/conntrack/open.ts'
import type { RouteTo } from '#kernel/rtnetlink/lookup.ts'
import type { IpAddress } from '#net/address.ts'
import type { FamilyForwards, Forward } from './forwards.ts'

export interface FlowEdges {
  readonly conntrack: Conntrack
  routeTo(address: IpAddress): RouteTo | undefined
}

/**
 * After ADD: flows to one of the host's own addresses at a mapped port that somebody else answers, or nobody: from now on the container
 * does. Flows to other machines that only pass through are left alone. @throws KernelError
 */
export const forgetOvertakenFlows = (edges: FlowEdges, { family, container, forwards }: FamilyForwards): void => {
  const isLocal = localAddresses(edges)
  for (const forward of forwards.filter(isUdp)) {
    const flows = edges.conntrack.flows({ family, protocol: 'udp', destinationPort: forward.hostPort })
    const overtaken = flows.filter(
      (flow) => !isAnsweredBy(flow, { address: container.address, port: forward.containerPort }) && concerns(forward, flow, isLocal),
    )
    edges.conntrack.remove(overtaken)
  }
}

/** After DEL: flows at a port that was mapped which the container answers. @throws KernelError */
export const forgetAnsweredFlows = ({ conntrack }: FlowEdges, { family, container, forwards }: FamilyForwards): void => {
  for (const { hostPort, containerPort } of forwards.filter(isUdp)) {
    const flows = conntrack.flows({ family, protocol: 'udp', destinationPort: hostPort })
    conntrack.remove(flows.filter((flow) => isAnsweredBy(flow, { address: container.address, port: containerPort })))
  }
}

const isUdp = ({ protocol }: Forward): boolean => protocol === 'udp'

const isAnsweredBy = ({ answering }: Flow, server: { readonly address: IpAddress; readonly port: number }): boolean =>
  answering?.address === server.address && answering.port === server.port

const concerns = ({ hostAddress }: Forward, { destination }: Flow, isLocal: (address: IpAddress) => boolean): boolean =>
  hostAddress === undefined ? isLocal(destination) : destination === hostAddress

/** Whether an address is the host's, each asked of the kernel once, as the rules' own match does. */
const localAddresses = ({ routeTo }: FlowEdges): ((address: IpAddress) => boolean) => {
  const known = new Map<IpAddress, boolean>()
  return (address) => {
    const answer = known.get(address) ?? routeTo(address)?.isLocal === true
    known.set(address, answer)
    return answer
  }
}
