/** The devices of an attachment, compared with what ADD said of them. The messages are the reference's, blanks at their ends included. */
import type { Link, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { ResultInterface } from '../../protocol/result.ts'

type Links = Pick<Rtnetlink, 'link' | 'links'>

export interface BridgeClaim {
  readonly entry: ResultInterface | undefined
  readonly promiscuous: boolean
}

/**
 * Better than in the reference: a bridge without an address of its own takes the lowest of its ports', so another one is no difference when
 * it is a port's; and a bridge is promiscuous when it was set so, not while a program listens.
 * @throws Error with the reference's sentence
 */
export const checkBridge = (links: Links, { entry, promiscuous }: BridgeClaim): Link => {
  const link = lookUp(links, entry)
  const { name, mac, sandbox } = link.entry
  if (sandbox !== undefined) throw new Error(`Interface ${name} should not be in sandbox`)
  if (link.kind !== 'bridge') throw new Error(`Interface ${name} does not have link type of bridge`)
  if (mac !== undefined && mac !== link.mac && !followsPorts(links, link))
    throw new Error(`Bridge interface ${name} Mac doesn't match: ${mac}`)
  const isPromiscuous = link.promiscuous === true
  if (isPromiscuous === promiscuous) return link
  throw new Error(`Bridge interface ${name} configured Promisc Mode ${promiscuous} doesn't match current state: ${isPromiscuous} `)
}

const followsPorts = (links: Links, bridge: Link): boolean =>
  links.links().some(({ master, mac }) => master === bridge.index && mac === bridge.mac)

export interface ContainerClaim {
  readonly entry: ResultInterface | undefined
  readonly netns: string
}

/** A device that is one end of a pair. */
export type PairEnd = Link & { readonly peerIndex: number }

/** @throws Error with the reference's sentence */
export const checkContainerInterface = (links: Links, { entry, netns }: ContainerClaim): PairEnd => {
  if (entry === undefined) throw new Error(`Sandbox in prevResult  doesn't match configured netns: ${netns}`)
  const link = lookUp(links, entry)
  const { name, mac } = link.entry
  if (link.kind !== 'veth') throw new Error(`Error: Container interface ${name} not of type veth`)
  const end = endOf(link)
  if (mac === undefined || mac === link.mac) return end
  throw new Error(`Interface ${name} Mac ${mac} doesn't match container Mac: ${link.mac}`)
}

export interface PortClaim {
  readonly entries: readonly ResultInterface[]
  readonly bridge: Link
  readonly interface: PairEnd
}

/**
 * The port is the first of the other interfaces that is the far end of the container's, and a port of the bridge.
 * @throws Error with the reference's sentence
 */
export const checkPort = (links: Links, { entries, bridge, interface: near }: PortClaim): Link => {
  for (const entry of entries) {
    const link = lookUp(links, entry)
    if (entry.sandbox !== undefined) throw new Error(`Interface ${entry.name} should not be in sandbox`)
    if (link.kind !== 'veth') continue
    const { index, peerIndex, master, mac } = endOf(link)
    if (index !== near.peerIndex || peerIndex !== near.index || master !== bridge.index) continue
    if (entry.mac === undefined || entry.mac === mac) return link
    throw new Error(`Interface ${entry.name} Mac doesn't match: ${entry.mac} not found`)
  }
  throw new Error(`CNI veth created for bridge ${bridge.name} was not found`)
}

const lookUp = (links: Links, entry: ResultInterface | undefined): Link & { readonly entry: ResultInterface } => {
  if (entry === undefined || entry.name === '') throw new Error('Interface name missing ')
  const link = links.link(entry.name)
  if (link === undefined) throw new Error(`Interface name ${entry.name} not found`)
  return { ...link, entry }
}

const endOf = (link: Link): PairEnd => {
  const { name, peerIndex } = link
  if (peerIndex === undefined) throw new Error(`Unable to obtain veth peer index for veth ${name}`)
  return { ...link, peerIndex }
}
