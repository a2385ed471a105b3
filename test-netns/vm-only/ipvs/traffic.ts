/** What IPVS counts when connections really go through it. */
import { createServer, type Server } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { observeIpvs } from '#kernel/ipvs/observe.ts'
import type { ObservedVirtualServer, VirtualServer } from '#kernel/ipvs/types.ts'
import { inNamespace, type Namespace } from '#kernel/namespace.ts'
import { startProcess } from '../../rig/process.ts'
import { emptyIpvsHost, needs } from './host.ts'

const server: VirtualServer = {
  protocol: 'tcp',
  address: '10.96.0.1',
  port: 80,
  scheduler: 'rr',
  schedulerFlags: 0,
  persistenceSeconds: 0,
}
const pods = ['10.244.1.2', '10.244.1.3'].map((address) => ({ address, port: 8_080, weight: 1 }))

/** A web server in a namespace, on every address: without a host, listen makes its socket before it returns. */
const listenIn = (namespace: Namespace, port: number): Promise<Server> =>
  new Promise((listening) => {
    const web = createServer((request, response) => response.end(`${request.socket.localAddress} `))
    inNamespace(namespace, () => web.listen(port, () => listening(web)))
  })

t.test('connections through a server are counted as ipvsadm counts them', needs, async (t) => {
  const { ipvs, namespace, host } = emptyIpvsHost()
  const addresses = [server, ...pods].map(({ address }) => `address add ${address}/32 dev lo\n`)
  host.execWithInput(addresses.join(''), 'ip', '-batch', '-')
  const web = await listenIn(namespace, 8_080)
  t.teardown(() => new Promise((closed) => web.close(closed)))
  ipvs.apply([{ verb: 'addServer', server }, ...pods.map((destination) => ({ verb: 'addDestination', server, destination }) as const)])

  const urls = new Array(4).fill(`http://${server.address}/`)
  const curl = await startProcess(t, host.command('curl', '--silent', '--header', 'Connection: close', ...urls))
  t.equal(await curl.ended, 0)
  const answered = curl.output().replaceAll('::ffff:', '').trim().split(' ').sort()
  t.strictSame(answered, ['10.244.1.2', '10.244.1.2', '10.244.1.3', '10.244.1.3'], 'rr: each pod answers twice')

  const { stats, shown } = await settled(() => {
    const [observed] = ipvs.servers()
    return { stats: countersOf(observed), shown: countersShown(host.exec('ipvsadm', '-L', '-n', '--stats', '--exact')) }
  })
  t.strictSame(stats, shown)
  t.equal(stats[0], 4n, 'four connections')

  const dumped = ipvs.destinations(server)
  const connections = dumped.reduce((sum, each) => sum + each.activeConnections + each.inactiveConnections, 0)
  t.equal(connections, 4, 'every connection is still known to a destination')
  t.strictSame(observeIpvs(ipvs, namespace)[0]?.destinations, dumped, '/proc shows the same connections')
})

interface Counters {
  readonly stats: readonly bigint[]
  readonly shown: readonly bigint[]
}

/** The kernel adds its counters up every two seconds, so a sum may be of half the traffic: two readings further apart than that must agree and not be 0. */
const settled = async (read: () => Counters): Promise<Counters> => {
  let before = read()
  for (let tries = 0; tries < 10; tries++) {
    await after(3_000)
    const now = read()
    if (now.stats.some(Boolean) && now.stats.join() === before.stats.join()) return before
    before = now
  }
  return before
}

const countersOf = (server: ObservedVirtualServer | undefined): bigint[] => {
  if (server === undefined) return []
  const { connections, packetsIn, packetsOut, bytesIn, bytesOut } = server.stats
  return [connections, packetsIn, packetsOut, bytesIn, bytesOut]
}

/** Conns, InPkts, OutPkts, InBytes, OutBytes of the line `TCP 10.96.0.1:80 …`. */
const countersShown = (table: string): bigint[] =>
  table
    .split('\n')
    .find((line) => line.startsWith('TCP'))
    ?.split(/ +/)
    .slice(2)
    .filter((word) => word !== '')
    .map(BigInt) ?? []
