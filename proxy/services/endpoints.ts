/**
 * Which endpoints of a Service get traffic: kube-proxy's rules (CategorizeEndpoints). Ready ones; when there is none, those that are
 * still serving while they terminate. The Local set is chosen by the same rule among this node's endpoints, independently.
 */
import type { Family, IpAddress } from '#net/address.ts'
import type { Endpoint, EndpointSlice, ServicePort } from './types.ts'

/** An address and port that a pod answers on. */
export interface EndpointAddress {
  readonly address: IpAddress
  readonly port: number
  /** Whether the endpoint is on this node. */
  readonly local: boolean
}

export interface EndpointChoice {
  /** For traffic policy Cluster. */
  readonly cluster: readonly EndpointAddress[]
  /** For traffic policy Local. */
  readonly local: readonly EndpointAddress[]
}

/** Chooses the endpoints of one service port and address family from all slices of the Service. */
export const chooseEndpoints = (asked: {
  readonly port: ServicePort
  readonly family: Family
  readonly slices: Iterable<EndpointSlice>
  readonly nodeName: string
}): EndpointChoice => {
  const candidates = [...candidatesOf(asked).values()]
  const local = candidates.filter((candidate) => candidate.chosen.local)
  return { cluster: usable(candidates), local: usable(local) }
}

interface Candidate {
  readonly chosen: EndpointAddress
  readonly endpoint: Endpoint
}

/** An endpoint may be in two slices while the controller moves it; the one that is ready counts. */
const candidatesOf = ({ port, family, slices, nodeName }: Parameters<typeof chooseEndpoints>[0]): Map<string, Candidate> => {
  const candidates = new Map<string, Candidate>()
  for (const slice of slices) {
    if (slice.family !== family) continue
    const slicePort = slice.ports.find(({ name, protocol }) => name === port.name && protocol === port.protocol)
    if (slicePort === undefined) continue
    for (const endpoint of slice.endpoints) {
      const key = `${endpoint.address} ${slicePort.port}`
      if (candidates.get(key)?.endpoint.ready) continue
      const local = endpoint.nodeName !== '' && endpoint.nodeName === nodeName
      candidates.set(key, { endpoint, chosen: { address: endpoint.address, port: slicePort.port, local } })
    }
  }
  return candidates
}

const usable = (candidates: readonly Candidate[]): EndpointAddress[] => {
  const ready = candidates.filter(({ endpoint }) => endpoint.ready)
  const chosen = ready.length > 0 ? ready : candidates.filter(({ endpoint }) => endpoint.serving && endpoint.terminating)
  return chosen.map((candidate) => candidate.chosen)
}
