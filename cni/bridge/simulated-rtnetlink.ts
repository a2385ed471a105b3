/** The devices, addresses, VLANs and routes of the simulated kernel for unit tests, as rtnetlink of a host and one container. */
import { KernelError } from '#kernel/errno.ts'
import type { Link, LinkAddress, LinkSpec, PortVlan, Route, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import { formatCidr } from '#net/cidr.ts'

export interface SimulatedSide {
  readonly links: Link[]
  readonly addresses: LinkAddress[]
  readonly settings: Map<string, string>
  /** What a question for routes is answered with; ADD's own are only logged. */
  readonly routes: Route[]
  /** VLANs of bridge ports by device index. A port begins in VLAN 1. */
  readonly vlans: Map<number, readonly PortVlan[]>
}

/** Both sides, and what acts on them share. */
export interface World {
  /** Logs a change, and throws when it is to be refused. */
  readonly act: (line: string) => void
  readonly host: SimulatedSide
  readonly container: SimulatedSide
  /** What is still open, by kind. */
  readonly open: { namespaces: number; sockets: number }
  /** Operational state of ports. */
  readonly portState: string
}

export const device = (fields: Partial<Link> & Pick<Link, 'index' | 'name'>): Link => ({
  mtu: 1500,
  mac: `02:00:00:00:00:${String(fields.index).padStart(2, '0')}`,
  up: true,
  operState: 'up',
  promiscuity: 0,
  ...fields,
})

const DEFAULT_VLAN: PortVlan = { id: 1, native: true, untagged: true }
const EEXIST = 17

export const simulatedRtnetlink = (world: World, where: 'host' | 'container'): Rtnetlink => {
  const { act } = world
  const side = world[where]
  world.open.sockets += 1
  const notSimulated = (): never => {
    throw new Error('not simulated')
  }
  return {
    addLink: (spec) => addSimulatedLink(world, where, spec),
    changeLink: (index, change) => {
      act(`${where} change ${index} ${JSON.stringify(change)}`)
      const at = side.links.findIndex((link) => link.index === index)
      const before = side.links[at]
      if (before !== undefined) side.links[at] = { ...before, ...change }
      if (change.master !== undefined && change.master !== before?.master) side.vlans.set(index, [DEFAULT_VLAN])
    },
    deleteLink: (index) => {
      act(`${where} delete ${index}`)
      const gone = side.links.find((link) => link.index === index)
      keep(side.links, (link) => link !== gone && (gone?.peerIndex !== link.index || link.peerIndex !== index))
      keep(side.addresses, ({ link }) => link !== index)
      side.vlans.delete(index)
      if (where === 'container') keep(world.host.links, ({ peerIndex }) => peerIndex !== index)
    },
    link: (name) => side.links.find((link) => link.name === name),
    linkByIndex: (index) => side.links.find((link) => link.index === index),
    links: () => [...side.links],
    setBridgePort: (index, flags) => act(`${where} port ${index} ${JSON.stringify(flags)}`),
    addPortVlans: (index, vlans) => {
      act(
        `${where} vlans ${index} ${vlans.map(({ id, native, untagged }) => `+${id}${native ? 'n' : ''}${untagged ? 'u' : ''}`).join(' ')}`,
      )
      const ids = vlans.map(({ id }) => id)
      side.vlans.set(index, [...(side.vlans.get(index) ?? []).filter(({ id }) => !ids.includes(id)), ...vlans])
    },
    deletePortVlans: (index, ids) => {
      act(`${where} vlans ${index} ${ids.map((id) => `-${id}`).join(' ')}`)
      side.vlans.set(
        index,
        (side.vlans.get(index) ?? []).filter(({ id }) => !ids.includes(id)),
      )
    },
    portVlans: () => new Map([...side.vlans].map(([index, vlans]) => [index, [...vlans]])),
    addAddress: (index, address) => {
      act(`${where} ${index} +${formatCidr(address)}`)
      if (side.addresses.some((other) => other.link === index && formatCidr(other) === formatCidr(address))) {
        throw new KernelError('add address', EEXIST)
      }
      side.addresses.push({ ...address, link: index, scope: 0, flags: 0x80 })
    },
    deleteAddress: (index, address) => {
      act(`${where} ${index} -${formatCidr(address)}`)
      keep(side.addresses, (other) => formatCidr(other) !== formatCidr(address))
    },
    addresses: (filter) => side.addresses.filter(({ link }) => filter?.link === undefined || filter.link === link),
    addRoute: ({ destination, gateway }) =>
      act(`${where} route ${destination === undefined ? 'default' : formatCidr(destination)} via ${gateway}`),
    replaceRoute: notSimulated,
    deleteRoute: notSimulated,
    batchRoutes: notSimulated,
    routes: ({ family, table } = {}) =>
      side.routes.filter((route) => (family ?? route.family) === route.family && (table ?? route.table) === route.table),
    routeTo: notSimulated,
    setForwarding: notSimulated,
    forwardings: notSimulated,
    setNeighbor: notSimulated,
    counters: { messages: 0, datagrams: 0 },
    port: 1,
    close: () => {
      world.open.sockets -= 1
    },
  }
}

const addSimulatedLink = (world: World, where: 'host' | 'container', spec: LinkSpec): void => {
  const { act, host, portState } = world
  const near = world[where]
  act(`${where} add ${spec.kind} ${spec.name}${spec.kind === 'veth' ? `/${spec.peer.name}` : ''}`)
  const taken = (side: SimulatedSide, name: string): boolean => side.links.some((link) => link.name === name)
  if (taken(near, spec.name)) throw new KernelError('add link', EEXIST)
  const shared = { up: false, ...(spec.mac && { mac: spec.mac }), ...(spec.mtu && { mtu: spec.mtu }) }
  if (spec.kind !== 'veth') {
    host.links.push(
      device({ index: 10 + host.links.length, name: spec.name, kind: spec.kind, up: false, ...(spec.mtu && { mtu: spec.mtu }) }),
    )
    return
  }
  if (taken(host, spec.peer.name)) throw new KernelError('add link', EEXIST)
  const index = where === 'container' ? 2 + near.links.length : 40 + near.links.length
  const peerIndex = 20 + host.links.length
  near.links.push(device({ index, name: spec.name, kind: 'veth', peerIndex, ...shared }))
  host.links.push(device({ index: peerIndex, name: spec.peer.name, kind: 'veth', peerIndex: index, up: false, operState: portState }))
}

const keep = <T>(items: T[], isKept: (item: T) => boolean): void => {
  items.splice(0, items.length, ...items.filter(isKept))
}
