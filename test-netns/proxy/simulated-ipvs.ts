/** IPVS in memory, for kernels that have none: everything around it is real. It answers what was put into it, and forwards nothing. */
import type { ObservedIpvsEntry } from '#kernel/ipvs/observe.ts'
import { endpointText, serverText } from '#kernel/ipvs/server-id.ts'
import type { Destination, Ipvs, IpvsOperation, VirtualServer } from '#kernel/ipvs/types.ts'
import { NO_TRAFFIC } from '#kernel/testing/no-traffic.ts'

interface Server {
  server: VirtualServer
  readonly destinations: Map<string, Destination>
}

export interface SimulatedIpvs extends Ipvs {
  observe(): ObservedIpvsEntry[]
}

export const simulateIpvs = (): SimulatedIpvs => {
  const servers = new Map<string, Server>()
  const change = (operation: IpvsOperation): undefined => {
    const key = serverText(operation.server)
    if (operation.verb === 'deleteServer') servers.delete(key)
    else if (operation.verb === 'deleteDestination') servers.get(key)?.destinations.delete(endpointText(operation.destination))
    else if ('destination' in operation) servers.get(key)?.destinations.set(endpointText(operation.destination), operation.destination)
    else servers.set(key, { server: operation.server, destinations: servers.get(key)?.destinations ?? new Map() })
  }
  const observe = (): ObservedIpvsEntry[] =>
    [...servers.values()].map(({ server, destinations }) => ({
      server: { ...server, persistencePrefix: 32, stats: NO_TRAFFIC },
      destinations: [...destinations.values()].map((each) => ({ ...each, ...NO_CONNECTIONS })),
    }))
  return {
    observe,
    apply: (operations) => operations.map(change),
    servers: () => observe().map(({ server }) => server),
    destinations: (server) =>
      observe()
        .find((entry) => serverText(entry.server) === serverText(server))
        ?.destinations.slice() ?? [],
    traffic: () => [],
    timeouts: () => ({ tcp: 900, tcpFin: 120, udp: 300 }),
    setTimeouts: () => {},
    counters: { messages: 0, datagrams: 0 },
    close: () => {},
  }
}

const NO_CONNECTIONS = { activeConnections: 0, inactiveConnections: 0, masquerading: true }
