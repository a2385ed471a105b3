import t from 'tap'
import { NO_TRAFFIC } from '../testing/no-traffic.ts'
import { joinEntries } from './observe.ts'
import type { ProcIpVsEntry } from './proc.ts'
import { isMarkServer } from './server-id.ts'
import type { ObservedDestination, ObservedVirtualServer, VirtualServerId } from './types.ts'

const server = (port: number, scheduler = 'rr'): ObservedVirtualServer => ({
  protocol: 'tcp',
  address: '10.96.0.1',
  port,
  scheduler,
  schedulerFlags: 0,
  persistenceSeconds: 0,
  persistencePrefix: 32,
  stats: NO_TRAFFIC,
})

const pod = (port: number): ObservedDestination => ({
  address: '10.244.1.2',
  port,
  weight: 1,
  activeConnections: 0,
  inactiveConnections: 0,
  masquerading: true,
})

const inProc = (port: number, ...destinations: ObservedDestination[]): ProcIpVsEntry => ({
  server: { protocol: 'tcp', address: '10.96.0.1', port, scheduler: 'rr', persistent: false },
  destinations,
})

/** A kernel whose destinations have the port of their server; it notes what it is asked. */
const kernel = (...servers: ObservedVirtualServer[]) => {
  const asked: number[] = []
  const destinations = (server: VirtualServerId): ObservedDestination[] => {
    const port = isMarkServer(server) ? server.fwmark : server.port
    asked.push(port)
    return [pod(port)]
  }
  return { asked, servers: () => servers, destinations }
}

t.test('destinations come from /proc, and no server is asked for them', async (t) => {
  const ipvs = kernel(server(80), server(81))
  t.strictSame(joinEntries(ipvs, [inProc(81), inProc(80, pod(1), pod(2))]), [
    { server: server(80), destinations: [pod(1), pod(2)] },
    { server: server(81), destinations: [] },
  ])
  t.strictSame(ipvs.asked, [])
})

t.test('a server that /proc lacks is asked for its destinations', async (t) => {
  const ipvs = kernel(server(80), server(81))
  t.strictSame(joinEntries(ipvs, [inProc(80)]), [
    { server: server(80), destinations: [] },
    { server: server(81), destinations: [pod(81)] },
  ])
  t.strictSame(ipvs.asked, [81])
})

t.test('a server that only /proc has is gone', async (t) => {
  t.strictSame(joinEntries(kernel(server(80)), [inProc(80), inProc(81, pod(1))]), [{ server: server(80), destinations: [] }])
})

t.test('a server that the dump repeats counts once, as it was last', async (t) => {
  t.strictSame(joinEntries(kernel(server(80), server(80, 'lc')), [inProc(80)]), [{ server: server(80, 'lc'), destinations: [] }])
})
