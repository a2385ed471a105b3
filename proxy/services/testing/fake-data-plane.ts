/**
 * A kernel in memory, as strict as the real one about what exists: EEXIST, ENOENT and ESRCH come as IPVS gives them, and a server takes
 * its destinations along. `refuse` makes chosen changes fail; `log` holds every change that was asked for.
 */
import { KernelError } from '#kernel/errno.ts'
import { endpointText, serverText } from '#kernel/ipvs/server-id.ts'
import type { IpvsOperation, VirtualServerId } from '#kernel/ipvs/types.ts'
import type { DataPlane, Outcome, UdpPort } from '../data-plane.ts'
import { type Item, type ItemKey, itemKey, serverKey } from '../item.ts'
import { waitFor } from '../steps.ts'

const EEXIST = 17
const ENOENT = 2
const ESRCH = 3

export interface FakeDataPlane extends DataPlane {
  readonly items: Map<ItemKey, Item>
  /** `verb key` of each change asked for, in order; cleared by the test. */
  readonly log: string[]
  /** Changes whose `verb key` this says yes to fail with EPERM. */
  refuse: (change: string) => boolean
  /** Connections of destinations, by key; none unless the test says so. */
  readonly connections: Map<ItemKey, number>
  /** How often connections were counted. */
  counted: number
  /** `address:port -> endpoints` of each port whose flows were to be forgotten, in order; cleared by the test. */
  readonly forgotten: string[]
}

export const createFakeDataPlane = (): FakeDataPlane => {
  const items = new Map<ItemKey, Item>()
  const log: string[] = []
  const plane: FakeDataPlane = {
    items,
    log,
    refuse: () => false,
    connections: new Map(),
    counted: 0,
    forgotten: [],
    countConnections: (server) => {
      plane.counted += 1
      const destinations = [...items.values()].flatMap((item) => (item.kind === 'destination' ? [item] : []))
      const ofServer = destinations.filter((item) => serverText(item.server) === serverText(server))
      return new Map(ofServer.map((item) => [endpointText(item.destination), plane.connections.get(itemKey(item)) ?? 0]))
    },
    forgetFlows: (ports) => {
      if (plane.refuse('forget flows')) throw new KernelError('conntrack', 1)
      plane.forgotten.push(...ports.map(portText))
    },
    changeElements: (changes) =>
      changes.map(({ verb, item }): Outcome => {
        const change = `${verb} ${itemKey(item)}`
        log.push(change)
        if (plane.refuse(change)) return new KernelError('nft', 1)
        if (verb === 'delete') items.delete(itemKey(item))
        else items.set(itemKey(item), item)
        return undefined
      }),
    changeIpvs: (operations) => {
      const children = childrenIn(items)
      return operations.map((operation) => changeIpvs(plane, operation, children))
    },
    changeRoutes: (changes) =>
      changes.map(({ verb, route }): Outcome => {
        log.push(`${verb} ${itemKey(route)}`)
        if (plane.refuse(`${verb} ${itemKey(route)}`)) return new KernelError('route', 1)
        if (verb === 'replace') items.set(itemKey(route), route)
        else if (!items.delete(itemKey(route))) return new KernelError('route', ESRCH)
        return undefined
      }),
    ensureBase: () => waitFor(false),
    observe: () => new Map(items),
  }
  return plane
}

const portText = ({ address, port, endpoints }: UdpPort): string =>
  `${endpointText({ address, port })} -> ${endpoints.map(endpointText).join(' ')}`.trimEnd()

const changeIpvs = ({ items, log, refuse }: FakeDataPlane, operation: IpvsOperation, children: Children): Outcome => {
  const item = itemOf(operation)
  const key = itemKey(item)
  log.push(`${operation.verb} ${key}`)
  if (refuse(`${operation.verb} ${key}`)) return new KernelError('ipvs', 1)
  const exists = items.has(key)
  if (item.kind === 'destination' && !items.has(serverKey(item.server))) return new KernelError('ipvs', ESRCH)
  if (operation.verb.startsWith('add')) {
    if (exists) return new KernelError('ipvs', EEXIST)
  } else if (!exists) return new KernelError('ipvs', item.kind === 'server' ? ESRCH : ENOENT)
  if (operation.verb.startsWith('add')) children.outdate()
  if (!operation.verb.startsWith('delete')) items.set(key, item)
  else for (const each of [key, ...(item.kind === 'server' ? children.of(item.server) : [])]) items.delete(each)
  return undefined
}

const itemOf = (operation: IpvsOperation): Item => {
  if ('destination' in operation)
    return { kind: 'destination', server: operation.server, destination: { weight: 0, ...operation.destination } }
  return { kind: 'server', server: { scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0, ...operation.server } }
}

/** The destinations of servers, found once for many removals. */
interface Children {
  of(server: VirtualServerId): readonly ItemKey[]
  outdate(): void
}

const childrenIn = (items: ReadonlyMap<ItemKey, Item>): Children => {
  let known: ReadonlyMap<ItemKey, readonly Item[]> | undefined
  return {
    of: (server) => {
      known ??= Map.groupBy(
        [...items.values()].filter((item) => item.kind === 'destination'),
        (item) => serverKey(item.server),
      )
      return (known.get(serverKey(server)) ?? []).map(itemKey)
    },
    outdate: () => {
      known = undefined
    },
  }
}
