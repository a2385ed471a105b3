/**
 * healthCheckNodePort: for each Service whose load balancers are to pick nodes with endpoints of their own (external policy Local), an
 * HTTP server on the node's NodePort addresses. Answers are made when they are asked for, from the cluster as it is then: there is
 * no state that could lag behind. Services share nothing: what happens to one's servers is told and changes nothing else.
 */
import { familyOf, type IpAddress } from '#net/address.ts'
import type { Listener, ListenSettings } from '../http/listen.ts'
import type { Log } from '../log.ts'
import type { Cluster } from '../services/cluster.ts'
import type { Scheduler } from '../services/contract.ts'
import type { ClusterEvent, NoticeReason, Service, ServiceKey, ServiceNotice } from '../services/types.ts'
import { countLocalEndpoints, healthCheckAnswer } from './answer.ts'
import { type HealthCheckPort, openHealthCheckPort } from './port.ts'

export interface HealthCheckParts {
  /** The cluster as it is when `handle` is called, and later. */
  readonly cluster: Pick<Cluster, 'service' | 'slicesOf' | 'node'>
  /** Where NodePorts answer on this node now. */
  readonly addresses: () => readonly IpAddress[]
  /** The proxy keeps the kernel right. */
  readonly healthy: () => boolean
  readonly listen: (settings: ListenSettings) => Promise<Listener>
  readonly scheduler: Pick<Scheduler, 'after'>
  readonly log: Log
  readonly noticed: (service: Service, notice: ServiceNotice) => void
  /** A Service has no such notice any more. */
  readonly withdrawn?: ((service: ServiceKey, reason: NoticeReason) => void) | undefined
}

export interface HealthChecks {
  /** Takes in what a watcher broadcast, after the cluster did. */
  handle(events: readonly ClusterEvent[]): void
  /** The node's addresses may have changed. */
  refresh(): void
  /** Servers by state. */
  counts(): Readonly<Record<ReturnType<HealthCheckPort['state']>, number>>
  close(): Promise<void>
}

/** What is listened on for one Service: by `address port`. */
type Ports = Map<string, HealthCheckPort>

export const createHealthChecks = (parts: HealthCheckParts): HealthChecks => {
  const { cluster } = parts
  const services = new Map<ServiceKey, Ports>()

  const handle = (events: readonly ClusterEvent[]): void => {
    const addresses = onDemand(parts.addresses)
    if (events.some(({ kind }) => kind === 'node')) refresh(addresses)
    for (const { kind, key } of events) if (kind === 'service') update(key, addresses)
  }
  const refresh = (addresses = onDemand(parts.addresses)): void => {
    for (const key of services.keys()) update(key, addresses)
  }
  const update = (key: ServiceKey, addresses: () => readonly IpAddress[]): void => {
    const service = cluster.service(key)
    const checked = service !== undefined && service.healthCheckNodePort > 0
    // Of ten thousand Services few are checked: the others cost one look.
    if (!checked && !services.has(key)) return
    const ports = services.get(key) ?? new Map()
    const wanted = checked ? wantedPorts(service, addresses()) : []
    closeOthers(ports, new Set(wanted.map(nameOf)))
    for (const at of wanted) if (!ports.has(nameOf(at))) ports.set(nameOf(at), open(key, at))
    if (checked) services.set(key, ports)
    else services.delete(key)
    withdrawWhenFree(key)
  }
  /** Of several addresses one may still be taken. */
  const withdrawWhenFree = (key: ServiceKey): void => {
    const states = [...(services.get(key)?.values() ?? [])].map((port) => port.state())
    if (!states.includes('failed')) parts.withdrawn?.(key, 'HealthCheckNodePortUnavailable')
  }

  const open = (key: ServiceKey, { address, port }: Place): HealthCheckPort =>
    openHealthCheckPort({
      address,
      port,
      listen: parts.listen,
      scheduler: parts.scheduler,
      route: () => answerFor(key, address),
      onOpen: () => {
        parts.log.info('answers health checks of load balancers', { service: key, address, port })
        withdrawWhenFree(key)
      },
      onFailed: (reason) => {
        const service = cluster.service(key)
        const message = `healthCheckNodePort ${port}: ${reason}; load balancers take this node for one without endpoints until it is free`
        if (service !== undefined) parts.noticed(service, { type: 'Warning', reason: 'HealthCheckNodePortUnavailable', message })
      },
    })

  const answerFor = (key: ServiceKey, address: IpAddress): ReturnType<typeof healthCheckAnswer> => {
    const service = cluster.service(key)
    const asked = { slices: cluster.slicesOf(key), family: familyOf(address), nodeName: cluster.node?.name ?? '' }
    const localEndpoints = service === undefined || asked.nodeName === '' ? 0 : countLocalEndpoints({ service, ...asked })
    return healthCheckAnswer({ key, localEndpoints, healthy: parts.healthy() })
  }

  const counts = (): ReturnType<HealthChecks['counts']> => {
    const sums = { opening: 0, open: 0, absent: 0, failed: 0 }
    for (const ports of services.values()) for (const port of ports.values()) sums[port.state()] += 1
    return sums
  }

  const close = async (): Promise<void> => {
    const closing = [...services.values()].flatMap((ports) => [...ports.values()].map((port) => port.close()))
    services.clear()
    await Promise.all(closing)
  }

  return { handle, refresh: () => refresh(), counts, close }
}

/** The addresses are read from the kernel: once for all Services of a batch, and not at all when none needs them. */
const onDemand = (read: () => readonly IpAddress[]): (() => readonly IpAddress[]) => {
  let known: readonly IpAddress[] | undefined
  return () => {
    known ??= read()
    return known
  }
}

interface Place {
  readonly address: IpAddress
  readonly port: number
}

const nameOf = ({ address, port }: Place): string => `${address} ${port}`

/** A Service of one family has no endpoints for the other's clients, and nobody to ask there. */
const wantedPorts = ({ healthCheckNodePort, clusterIps }: Service, addresses: readonly IpAddress[]): Place[] =>
  addresses
    .filter((address) => clusterIps.some((clusterIp) => familyOf(clusterIp) === familyOf(address)))
    .map((address) => ({ address, port: healthCheckNodePort }))

const closeOthers = (ports: Ports, wanted: ReadonlySet<string>): void => {
  for (const [name, port] of ports) {
    if (wanted.has(name)) continue
    ports.delete(name)
    void port.close()
  }
}
