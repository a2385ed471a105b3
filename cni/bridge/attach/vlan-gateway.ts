/**
 * The host's own way into a VLAN of the bridge: a veth pair, one end a port in that VLAN, the other, BRIDGE.VLAN, with the gateway
 * addresses. It is the network's, as the bridge is: made by the first attachment, and left by the last.
 *
 * It is raised last, so one that is down was not completed: its maker was killed, or is still at work. One whose port has no bridge was
 * left behind when somebody deleted the bridge. Whoever meets either completes it; every step may be done twice.
 */
import { ignoring } from '#kernel/errno.ts'
import type { Link } from '#kernel/rtnetlink/types.ts'
import { goQuote } from '../../protocol/text.ts'
import { orUndo, type Side, saying } from '../edges.ts'
import { gatewayName, vlansOf } from '../vlan.ts'
import type { Workbench } from './apply.ts'
import { leaveVlans } from './leave-vlans.ts'
import type { MakeVlanGateway } from './operation.ts'

interface Place {
  readonly bridge: Link
  readonly bench: Workbench
}

/**
 * Whether a gateway as found needs nothing more: it is up, and its port is one of the bridge's. Of one that is not a pair of this host's
 * nothing can be said: it is somebody else's work, and taken as it is.
 */
export const isComplete = (host: Side, gateway: Link | undefined, bridge: Link | undefined): boolean => {
  if (gateway === undefined) return false
  const port = portOf(host, gateway)
  return port === undefined || (gateway.up && bridge !== undefined && port.master === bridge.index)
}

/**
 * Makes the gateway unless it is there, completes it, and puts it on the bench; whether this call made it.
 * @throws Error with the reference's sentence; what this call made is gone then
 * @see reference/cni-plugins.md 2.3
 */
export const makeVlanGateway = (operation: MakeVlanGateway, { bridge, bench }: Place): boolean => {
  const name = gatewayName(operation.bridge, operation.vlan)
  const { host, warn } = bench
  const isNew = explained(name, () => makePair(host, operation, bridge.mtu))
  orUndo(
    warn,
    () => {
      const gateway = host.links.link(name)
      if (gateway === undefined) throw new Error(`failed to create vlan interface: failed to lookup ${goQuote(name)}: Link not found`)
      explained(name, () => completePort({ host, operation, bridge, gateway }))
      saying(`failed to create vlan interface: failed to up ${goQuote(name)}`, () => host.links.changeLink(gateway.index, { up: true }))
      bench.vlanGateway = gateway
    },
    () => {
      if (isNew) removeByName(host, name)
    },
  )
  return isNew
}

const explained = <T>(name: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    // The reference's own spelling.
    throw new Error(`failed to create vlan interface: faild to create vlan gateway ${goQuote(name)}: ${reason}`, { cause: error })
  }
}

/** Whether the pair was made; false when another call was quicker. */
const makePair = ({ links }: Side, { bridge, vlan, port }: MakeVlanGateway, mtu: number): boolean => {
  const name = gatewayName(bridge, vlan)
  try {
    links.addLink({ kind: 'veth', name, mtu, peer: { name: port, mtu } })
    return true
  } catch (error) {
    if (links.link(name) !== undefined) return false
    return saying('failed to make veth pair', () => {
      throw error
    })
  }
}

interface Making {
  readonly host: Side
  readonly operation: MakeVlanGateway
  readonly bridge: Link
  readonly gateway: Link
}

const completePort = ({ host, operation, bridge, gateway }: Making): void => {
  const port = portOf(host, gateway)
  if (port === undefined) return
  const { links, settings } = host
  ignoring(['ENOENT', 'EROFS', 'EACCES', 'EPERM'], () => settings.ensure(`net/ipv6/conf/${port.name}/accept_ra`, '0'))
  saying(`failed to connect ${goQuote(port.name)} to bridge ${bridge.name}`, () =>
    links.changeLink(port.index, { master: bridge.index, up: true }),
  )
  saying(`failed to setup hairpin mode for ${port.name}`, () => links.setBridgePort(port.index, { hairpin: false, isolated: false }))
  if (!operation.preserveDefaultVlan) {
    saying(`failed to remove default vlan on interface ${goQuote(port.name)}`, () => leaveVlans(links, port.index, operation.vlan))
  }
  saying(`failed to setup vlan tag on interface ${goQuote(port.name)}`, () =>
    links.addPortVlans(port.index, vlansOf({ vlan: operation.vlan, trunk: [] })),
  )
}

/** The other end, when it is on this host as well. */
const portOf = ({ links }: Side, gateway: Link): Link | undefined => {
  const port = gateway.peerIndex === undefined ? undefined : links.linkByIndex(gateway.peerIndex)
  return port?.peerIndex === gateway.index ? port : undefined
}

const removeByName = ({ links }: Side, name: string): void => {
  const link = links.link(name)
  if (link !== undefined) ignoring(['ENODEV'], () => links.deleteLink(link.index))
}
