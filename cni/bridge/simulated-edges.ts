/**
 * A simulated kernel for unit tests of ADD and DEL: devices and addresses of a host and one container in memory. It keeps a log of the
 * changes, and refuses what a test tells it to. What it does not need to know of (routes, settings) is only logged.
 */
import { KernelError } from '#kernel/errno.ts'
import type { Namespace } from '#kernel/namespace.ts'
import type { Link, LinkAddress, LinkSpec, Rtnetlink } from '#kernel/rtnetlink/types.ts'
import type { Sysctls } from '#kernel/sysctl.ts'
import { formatCidr } from '#net/cidr.ts'
import type { BridgeEdges } from './edges.ts'

export interface SimulatedEdges extends BridgeEdges {
  readonly log: string[]
  readonly host: SimulatedSide
  readonly container: SimulatedSide
  /** What is still open, by kind. */
  readonly open: { namespaces: number; sockets: number }
  /** Every pause, in milliseconds. */
  readonly pauses: number[]
}

export interface SimulatedSide {
  readonly links: Link[]
  readonly addresses: LinkAddress[]
  readonly settings: Map<string, string>
}

export interface SimulatedOptions {
  /** Log lines (or their beginnings) that are refused, with an errno. */
  readonly refuse?: Readonly<Record<string, number>>
  /** What the container's namespace path is: a namespace, nothing, or a plain file. */
  readonly namespace?: 'there' | 'missing' | 'file'
  /** Operational state of ports. */
  readonly portState?: string
}

export const device = (fields: Partial<Link> & Pick<Link, 'index' | 'name'>): Link => ({
  mtu: 1500,
  mac: `02:00:00:00:00:${String(fields.index).padStart(2, '0')}`,
  up: true,
  operState: 'up',
  promiscuity: 0,
  ...fields,
})

export const simulatedEdges = ({ refuse = {}, namespace = 'there', portState = 'up' }: SimulatedOptions = {}): SimulatedEdges => {
  const log: string[] = []
  const act = (line: string): void => {
    const rule = Object.keys(refuse).find((beginning) => line.startsWith(beginning))
    log.push(rule === undefined ? line : `refused: ${line}`)
    if (rule !== undefined) throw new KernelError(line, refuse[rule] ?? 1)
  }
  const host: SimulatedSide = { links: [], addresses: [], settings: new Map() }
  const container: SimulatedSide = { links: [], addresses: [], settings: new Map() }
  const open = { namespaces: 0, sockets: 0 }
  const world: World = { act, host, container, open, portState }
  const pauses: number[] = []
  let draws = 0
  return {
    log,
    host,
    container,
    open,
    pauses,
    openNamespace: (path) => openSimulated(world, path, namespace),
    openOwnNamespace: () => openSimulated(world, 'own', 'there'),
    openRtnetlink: (inside) => simulatedRtnetlink(world, inside === undefined ? 'host' : 'container'),
    openSysctls: (inside) => simulatedSettings(world, inside === undefined ? 'host' : 'container'),
    randomBytes: (length) => new Uint8Array(length).fill(++draws),
    sleep: (milliseconds) => pauses.push(milliseconds),
  }
}

interface World {
  readonly act: (line: string) => void
  readonly host: SimulatedSide
  readonly container: SimulatedSide
  readonly open: SimulatedEdges['open']
  readonly portState: string
}

const ENOENT = 2
const EEXIST = 17

const openSimulated = ({ open }: World, path: string, kind: 'there' | 'missing' | 'file'): Namespace => {
  if (kind === 'missing') throw new KernelError(`failed to Statfs "${path}"`, ENOENT)
  if (kind === 'file') throw Object.assign(new Error(`unknown FS magic on "${path}": 1021994`), { name: 'NotANamespaceError' })
  open.namespaces += 1
  return {
    path,
    fd: 7,
    close: () => {
      open.namespaces -= 1
    },
  }
}

const simulatedSettings = ({ act, ...sides }: World, where: 'host' | 'container'): Sysctls => ({
  read: (path) => sides[where].settings.get(path) ?? '0',
  write: (path, value) => {
    act(`${where} ${path}=${value}`)
    sides[where].settings.set(path, value)
  },
  ensure: (path, value) => {
    if (sides[where].settings.get(path) === value) return false
    act(`${where} ${path}=${value}`)
    sides[where].settings.set(path, value)
    return true
  },
})

const simulatedRtnetlink = (world: World, where: 'host' | 'container'): Rtnetlink => {
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
    },
    deleteLink: (index) => {
      act(`${where} delete ${index}`)
      const gone = side.links.find((link) => link.index === index)
      keep(side.links, (link) => link !== gone)
      keep(side.addresses, ({ link }) => link !== index)
      if (where === 'container') keep(world.host.links, ({ peerIndex }) => peerIndex !== index)
    },
    link: (name) => side.links.find((link) => link.name === name),
    linkByIndex: (index) => side.links.find((link) => link.index === index),
    links: () => [...side.links],
    setBridgePort: (index, flags) => act(`${where} port ${index} ${JSON.stringify(flags)}`),
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
    routes: notSimulated,
    routeTo: notSimulated,
    setForwarding: notSimulated,
    setNeighbor: notSimulated,
    counters: { messages: 0, datagrams: 0 },
    close: () => {
      world.open.sockets -= 1
    },
  }
}

const addSimulatedLink = ({ act, host, container, portState }: World, where: 'host' | 'container', spec: LinkSpec): void => {
  act(`${where} add ${spec.kind} ${spec.name}${spec.kind === 'veth' ? `/${spec.peer.name}` : ''}`)
  const taken = (side: SimulatedSide, name: string): boolean => side.links.some((link) => link.name === name)
  if (taken(where === 'host' ? host : container, spec.name)) throw new KernelError('add link', EEXIST)
  if (spec.kind !== 'veth') {
    host.links.push(device({ index: 10 + host.links.length, name: spec.name, kind: spec.kind, up: false }))
    return
  }
  if (taken(host, spec.peer.name)) throw new KernelError('add link', EEXIST)
  const [near, far] = [2 + container.links.length, 20 + host.links.length]
  container.links.push(
    device({ index: near, name: spec.name, kind: 'veth', peerIndex: far, up: false, ...(spec.mac && { mac: spec.mac }) }),
  )
  host.links.push(device({ index: far, name: spec.peer.name, kind: 'veth', peerIndex: near, up: false, operState: portState }))
}

const keep = <T>(items: T[], isKept: (item: T) => boolean): void => {
  items.splice(0, items.length, ...items.filter(isKept))
}
