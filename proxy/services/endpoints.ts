/**
 * Which endpoints of a Service get traffic: kube-proxy's rules (CategorizeEndpoints). Ready ones, the nearest by hints; when there is
 * none, those that are still serving while they terminate. The Local set is chosen among this node's endpoints, without hints and
 * independently. All of it is decided after filtering by address family, port name and protocol.
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
  /** For traffic policy Cluster; empty only when there is no usable endpoint anywhere. */
  readonly cluster: readonly EndpointAddress[]
  /** For traffic policy Local: usable endpoints of this node. */
  readonly local: readonly EndpointAddress[]
}

/** Where the choice is made: the names that endpoints and their hints are compared with. */
export interface Place {
  readonly name: string
  /** Empty = unknown: no zone hint names it. */
  readonly zone: string
}

/** Chooses the endpoints of one service port and address family from all slices of the Service. */
export const chooseEndpoints = (asked: {
  readonly port: ServicePort
  readonly family: Family
  readonly slices: Iterable<EndpointSlice>
  readonly node: Place
}): EndpointChoice => {
  const [ready, ending]: [Candidate[], Candidate[]] = [[], []]
  for (const candidate of candidatesOf(asked)) {
    if (candidate.rank === READY) ready.push(candidate)
    else if (candidate.rank === ENDING) ending.push(candidate)
  }
  const localReady = ready.filter(isLocal)
  return {
    cluster: addresses(ready.length > 0 ? nearest(ready, asked.node) : ending),
    local: addresses(localReady.length > 0 ? localReady : ending.filter(isLocal)),
  }
}

const isLocal = ({ chosen }: Candidate): boolean => chosen.local

/** Usable at all, and how well. */
type Rank = 0 | 1 | 2
const READY = 2
const ENDING = 1

interface Candidate {
  readonly chosen: EndpointAddress
  readonly endpoint: Endpoint
  readonly rank: Rank
}

/** An endpoint may be in two slices while the controller moves it; the one that is ready counts, or else the one that ends. */
const candidatesOf = ({ port, family, slices, node }: Parameters<typeof chooseEndpoints>[0]): Iterable<Candidate> => {
  const candidates = new Map<string, Candidate>()
  for (const slice of slices) {
    if (slice.family !== family) continue
    const slicePort = slice.ports.find(({ name, protocol }) => name === port.name && protocol === port.protocol)
    if (slicePort === undefined) continue
    for (const endpoint of slice.endpoints) {
      const key = `${endpoint.address} ${slicePort.port}`
      const rank = rankOf(endpoint)
      const other = candidates.get(key)
      if (other !== undefined && other.rank >= rank) continue
      const local = endpoint.nodeName !== '' && endpoint.nodeName === node.name
      candidates.set(key, { endpoint, rank, chosen: { address: endpoint.address, port: slicePort.port, local } })
    }
  }
  return candidates.values()
}

/** Ready counts even while it terminates: so are the endpoints of a Service with publishNotReadyAddresses. */
const rankOf = ({ ready, serving, terminating }: Endpoint): Rank => {
  if (ready) return READY
  return serving && terminating ? ENDING : 0
}

/** Hints count when every endpoint has them and one at least names us: by node first, else by zone (KEP-3015, KEP-2433). */
const nearest = (ready: readonly Candidate[], { name, zone }: Place): readonly Candidate[] =>
  hinted(ready, ({ endpoint }) => endpoint.forNodes, name) ?? hinted(ready, ({ endpoint }) => endpoint.forZones, zone) ?? ready

const hinted = (
  ready: readonly Candidate[],
  hintsOf: (candidate: Candidate) => readonly string[],
  name: string,
): readonly Candidate[] | undefined => {
  if (name === '' || ready.some((candidate) => hintsOf(candidate).length === 0)) return undefined
  const ours = ready.filter((candidate) => hintsOf(candidate).includes(name))
  return ours.length > 0 ? ours : undefined
}

const addresses = (candidates: readonly Candidate[]): EndpointAddress[] => candidates.map(({ chosen }) => chosen)
