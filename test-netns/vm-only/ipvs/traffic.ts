/** What IPVS counts when connections really go through it. */
import { createServer, type Server } from 'node:http'
import t from 'tap'
import { observeIpvs } from '#kernel/ipvs/observe.ts'
import type { IpvsStats, VirtualServer } from '#kernel/ipvs/types.ts'
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

  const [stats] = ipvs.servers().map((each) => each.stats)
  t.strictSame(countersOf(stats), countersShown(host.exec('ipvsadm', '-L', '-n', '--stats', '--exact')))
  t.ok((stats?.packetsIn ?? 0n) > 0n && (stats?.bytesOut ?? 0n) > 0n)

  const dumped = ipvs.destinations(server)
  const connections = dumped.reduce((sum, each) => sum + each.activeConnections + each.inactiveConnections, 0)
  t.equal(connections, Number(stats?.connections), 'every connection is still known to a destination')
  t.strictSame(observeIpvs(namespace)[0]?.destinations, dumped, '/proc shows the same connections')
})

const countersOf = (stats: IpvsStats | undefined): bigint[] =>
  stats === undefined ? [] : [stats.connections, stats.packetsIn, stats.packetsOut, stats.bytesIn, stats.bytesOut]

/** Conns, InPkts, OutPkts, InBytes, OutBytes of the line `TCP 10.96.0.1:80 …`. */
const countersShown = (table: string): bigint[] =>
  table
    .split('\n')
    .find((line) => line.startsWith('TCP'))
    ?.split(/ +/)
    .slice(2)
    .filter((word) => word !== '')
    .map(BigInt) ?? []
