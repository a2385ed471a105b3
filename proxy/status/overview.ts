/** What `selvedge status` shows, as data: the Services of this node with what the kernel does for them. Pure. */
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { isMarkServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { ItemMap } from '../services/item.ts'
import type { ServiceKey } from '../services/types.ts'
import type { Drift } from './drift.ts'
import { notesOf } from './notes.ts'
import type { Holding, ProxyFacts, Snapshot } from './snapshot.ts'

export interface Overview {
  /** null = none runs: then nobody knows whose a virtual server is, or whether anything is missing. */
  readonly proxy: ProxyFacts | null
  readonly services: readonly ServiceView[]
  /** Virtual servers of other programs. */
  readonly foreign: number
  readonly drift: readonly Drift[]
}

export interface ServiceView {
  /** Empty = unknown. */
  readonly namespace: string
  readonly name: string
  readonly servers: readonly ServerView[]
  /** Ports that have no virtual server: `tcp 10.96.0.1:80`, with what happens to packets. */
  readonly refused: readonly { readonly server: string; readonly note: string }[]
  /** Why its last change failed. */
  readonly failure: string | null
}

export interface ServerView {
  /** `tcp 10.96.0.10:80`, or `fwmark 0x12000 ipv4`. */
  readonly server: string
  readonly scheduler: string
  readonly schedulerFlags: number
  /** 0 = none. */
  readonly persistenceSeconds: number
  /** Since the virtual server was made. */
  readonly traffic: {
    readonly connections: number
    readonly packetsIn: number
    readonly packetsOut: number
    readonly bytesIn: number
    readonly bytesOut: number
  }
  readonly endpoints: readonly EndpointView[]
  /** What else holds for it, such as the addresses that lead to a mark. */
  readonly notes: readonly string[]
}

export interface EndpointView {
  readonly address: string
  readonly port: number
  readonly weight: number
  readonly active: number
  readonly inactive: number
  /** `draining`: it gets no new connections, and goes when those that it has are gone. */
  readonly state: 'serving' | 'draining'
}

export interface OverviewParts {
  /** undefined = no proxy runs. */
  readonly snapshot: Snapshot | undefined
  readonly ipvs: readonly ObservedIpvsEntry[]
  /** What in the kernel carries our marks. */
  readonly kernel: ItemMap
  readonly drift: readonly Drift[]
  readonly filter: Filter
}

/** Empty = all. */
export interface Filter {
  readonly namespace: string
  readonly name: string
}

/** Without a proxy nobody knows the names of Services: the filter counts for nothing then. */
export const overviewOf = ({ snapshot, ipvs, kernel, drift, filter: asked }: OverviewParts): Overview => {
  const filter = snapshot === undefined ? { namespace: '', name: '' } : asked
  const ours = ipvs.filter(({ server }) => kernel.has(`server ${serverText(server)}`))
  const holdings = snapshot?.holdings ?? [...kernel.values()].map((item): Holding => ({ item, owners: [] }))
  const owners = new Map(
    holdings.flatMap(({ item, owners: [owner] }) => (item.kind === 'server' ? [[serverText(item.server), owner]] : [])),
  )
  const byService = Map.groupBy(ours, ({ server }) => owners.get(serverText(server)) ?? '')
  const notes = notesOf(holdings)
  const failures = new Map(snapshot?.proxy.failures.map(({ service, reason }) => [service, reason]))
  const keys = new Set([...byService.keys(), ...notes.refused.keys(), ...failures.keys()].filter((key) => matches(key, filter)))
  const services = [...keys].sort(inOrder).map((key) => ({
    ...nameOf(key),
    servers: (byService.get(key) ?? []).map((entry) => serverView(entry, notes.notes)).sort(byServer),
    refused: (notes.refused.get(key) ?? []).toSorted(byServer),
    failure: failures.get(key) ?? null,
  }))
  return {
    proxy: snapshot?.proxy ?? null,
    services,
    foreign: ipvs.length - ours.length,
    drift: drift.filter(({ services: of }) => (of.length === 0 ? matches('', filter) : of.some((key) => matches(key, filter)))),
  }
}

const matches = (key: ServiceKey, { namespace, name }: Filter): boolean => {
  const own = nameOf(key)
  return (namespace === '' || own.namespace === namespace) && (name === '' || own.name === name)
}

const nameOf = (key: ServiceKey): Pick<ServiceView, 'namespace' | 'name'> => {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, Math.max(0, slash)), name: key.slice(slash + 1) }
}

/** As people count: web-2 before web-10, 10.0.0.9 before 10.0.0.10. */
const inOrder = new Intl.Collator('en', { numeric: true }).compare

const byServer = (one: { readonly server: string }, other: { readonly server: string }): number => inOrder(one.server, other.server)

const byPlace = (one: { readonly address: string; readonly port: number }, other: typeof one): number =>
  inOrder(one.address, other.address) || one.port - other.port

/** What becomes of connections to a virtual server without endpoints, unless a note says it. */
const withoutEndpoints = (server: ObservedIpvsEntry['server'], notes: readonly string[]): readonly string[] => {
  if (notes.some((note) => note.startsWith('dropped'))) return notes
  return [isMarkServer(server) ? 'nothing leads here: policy Local, and no endpoint on this node' : 'refused', ...notes]
}

const serverView = ({ server, destinations }: ObservedIpvsEntry, notesBy: ReadonlyMap<string, readonly string[]>): ServerView => {
  const { connections, packetsIn, packetsOut, bytesIn, bytesOut } = server.stats
  const notes = notesBy.get(serverText(server)) ?? []
  return {
    server: serverText(server),
    scheduler: server.scheduler,
    schedulerFlags: server.schedulerFlags,
    persistenceSeconds: server.persistenceSeconds,
    traffic: {
      connections: Number(connections),
      packetsIn: Number(packetsIn),
      packetsOut: Number(packetsOut),
      bytesIn: Number(bytesIn),
      bytesOut: Number(bytesOut),
    },
    endpoints: destinations.toSorted(byPlace).map(({ address, port, weight, activeConnections, inactiveConnections }) => ({
      address,
      port,
      weight,
      active: activeConnections,
      inactive: inactiveConnections,
      state: weight === 0 ? 'draining' : 'serving',
    })),
    notes: destinations.length > 0 ? notes : withoutEndpoints(server, notes),
  }
}
