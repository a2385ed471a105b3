/** The veth pair that joins a container to the host: made in one message, so that nothing half-made can be left. */
import { hasCode, ignoring } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { Link } from '#kernel/rtnetlink/types.ts'
import { goQuote } from '../../protocol/text.ts'
import { type BridgeEdges, closing, type Side, saying } from '../edges.ts'

/** The pair to make: its near end in the container, its far end on the host. */
export interface PairSpec {
  readonly interface: string
  readonly port: string
  readonly mtu?: number
  readonly mac?: string
}

/** A pair as it was made. */
export interface Pair {
  /** The container's interface, as the kernel describes it there. */
  readonly interface: Link
  /** The host's end. */
  readonly port: { readonly name: string; readonly index: number }
}

export interface PairInput {
  readonly edges: BridgeEdges
  readonly container: Side
  /** Everything but the port's name, which is drawn. */
  readonly wanted: Omit<PairSpec, 'port'>
}

/** A drawn name that is taken on the host is drawn again, this often. */
const TRIES = 10

/**
 * Makes the pair with a random name for its host end.
 * @throws Error with the reference's sentence; nothing is left then
 */
export const createPair = ({ edges, container, wanted }: PairInput): Pair =>
  closing(edges.openOwnNamespace(), (home) => {
    for (let attempt = 1; ; attempt++) {
      const operation = { ...wanted, port: drawPortName(edges) }
      if (makePair(container, operation, home)) return observePair(container, operation)
      const isTakenHere = container.links.link(wanted.interface) !== undefined
      if (isTakenHere || attempt === TRIES) {
        throw new Error(`container veth name (${goQuote(wanted.interface)}) peer provided (${goQuote(operation.port)}) already exists`)
      }
    }
  })

/** Removes the pair; one that is gone already is no failure. */
export const removePair = (container: Side, pair: Pair): void => {
  ignoring(['ENODEV'], () => container.links.deleteLink(pair.interface.index))
}

/** `veth` and eight hexadecimal digits: the form that tells a port of this suite. */
export const drawPortName = (edges: Pick<BridgeEdges, 'randomBytes'>): string => `veth${Buffer.from(edges.randomBytes(4)).toString('hex')}`

/** Whether the pair was made; false when either name is taken. */
const makePair = (container: Side, { interface: name, port, mtu, mac }: PairSpec, home: Namespace): boolean => {
  const shared = mtu === undefined ? {} : { mtu }
  try {
    container.links.addLink({
      kind: 'veth',
      name,
      ...shared,
      ...(mac !== undefined && { mac }),
      peer: { name: port, ...shared, namespaceFd: home.fd },
    })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    return saying('failed to make veth pair', () => {
      throw error
    })
  }
}

const observePair = (container: Side, { interface: name, port }: PairSpec): Pair => {
  const link = container.links.link(name)
  if (link?.peerIndex === undefined) throw new Error(`failed to lookup ${goQuote(name)}: Link not found`)
  return { interface: link, port: { name: port, index: link.peerIndex } }
}
