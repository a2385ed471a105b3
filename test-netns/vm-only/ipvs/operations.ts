/** What IPVS operations do in the kernel. */
import t from 'tap'
import { readProcIpVs } from '#kernel/ipvs/observe.ts'
import { parseProcIpVs } from '#kernel/ipvs/proc.ts'
import { familyOfServer, serverText } from '#kernel/ipvs/server-id.ts'
import type { AddressServerId, Destination, IpvsOperation, ServerSettings, VirtualServer } from '#kernel/ipvs/types.ts'
import { ipvsRules } from '../../rig/witness-ipvs.ts'
import { emptyIpvsHost, makeIpvsHost, needs } from './host.ts'

const server = (overrides: Partial<AddressServerId & ServerSettings> = {}): AddressServerId & ServerSettings => ({
  protocol: 'tcp',
  address: '10.96.0.1',
  port: 80,
  scheduler: 'rr',
  schedulerFlags: 0,
  persistenceSeconds: 0,
  ...overrides,
})

const server6 = server({ address: 'fd00:96::1' })
const pod: Destination = { address: '10.244.1.2', port: 8080, weight: 1 }
const pod6: Destination = { address: 'fd00:244::2', port: 8080, weight: 1 }

const add = (added: VirtualServer, ...destinations: Destination[]): IpvsOperation[] => [
  { verb: 'addServer', server: added },
  ...destinations.map((destination) => ({ verb: 'addDestination', server: added, destination }) as const),
]

t.test('TCP, UDP and SCTP servers of both families come and go with their destinations', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  const servers = (['tcp', 'udp', 'sctp'] as const).flatMap((protocol) => [server({ protocol }), server({ ...server6, protocol })])
  const added = ipvs.apply(servers.flatMap((each) => add(each, familyOfServer(each) === 6 ? pod6 : pod)))
  t.strictSame(added, new Array(12).fill(undefined))
  t.strictSame(ipvsRules(host), [
    '-A --sctp-service 10.96.0.1:80 -s rr',
    '-A --sctp-service [fd00:96::1]:80 -s rr',
    '-A -t 10.96.0.1:80 -s rr',
    '-A -t [fd00:96::1]:80 -s rr',
    '-A -u 10.96.0.1:80 -s rr',
    '-A -u [fd00:96::1]:80 -s rr',
    '-a --sctp-service 10.96.0.1:80 -r 10.244.1.2:8080 -m -w 1',
    '-a --sctp-service [fd00:96::1]:80 -r [fd00:244::2]:8080 -m -w 1',
    '-a -t 10.96.0.1:80 -r 10.244.1.2:8080 -m -w 1',
    '-a -t [fd00:96::1]:80 -r [fd00:244::2]:8080 -m -w 1',
    '-a -u 10.96.0.1:80 -r 10.244.1.2:8080 -m -w 1',
    '-a -u [fd00:96::1]:80 -r [fd00:244::2]:8080 -m -w 1',
  ])
  const [first, ...rest] = servers
  const deleted = ipvs.apply([
    { verb: 'deleteDestination', server: server(), destination: pod },
    ...rest.map((each) => ({ verb: 'deleteServer', server: each }) as const),
  ])
  t.strictSame(deleted, new Array(6).fill(undefined))
  t.strictSame(ipvsRules(host), ['-A -t 10.96.0.1:80 -s rr'])
  t.strictSame(first, server())
})

t.test('weights are 0 to 65535 and change', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  const weighing = (...weights: number[]): Destination[] => weights.map((weight, index) => ({ ...pod, port: index + 1, weight }))
  ipvs.apply(add(server(), ...weighing(0, 1, 65_535)))
  const changes = weighing(1, 0, 2).map((destination) => ({ verb: 'setDestination', server: server(), destination }) as const)
  const weights = (): number[] => ipvs.destinations(server()).map(({ weight }) => weight)
  t.strictSame(weights().sort(), [0, 1, 65_535])
  t.strictSame(ipvs.apply(changes), [undefined, undefined, undefined])
  t.strictSame(weights().sort(), [0, 1, 2])
  t.strictSame(ipvsRules(host), [
    '-A -t 10.96.0.1:80 -s rr',
    '-a -t 10.96.0.1:80 -r 10.244.1.2:1 -m -w 1',
    '-a -t 10.96.0.1:80 -r 10.244.1.2:2 -m -w 0',
    '-a -t 10.96.0.1:80 -r 10.244.1.2:3 -m -w 2',
  ])
})

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq']

t.test('every scheduler of the kernel is taken, and changed live to any other', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  const servers = (shift: number): VirtualServer[] =>
    SCHEDULERS.map((_, index) => server({ port: index + 1, scheduler: SCHEDULERS[(index + shift) % SCHEDULERS.length] ?? '' }))
  ipvs.apply(servers(0).flatMap((each) => add(each, pod)))
  const shown = (): string[] => ipvsRules(host).map((line) => line.replace('10.96.0.1:', ''))
  const destinations = SCHEDULERS.map((_, index) => `-a -t ${index + 1} -r 10.244.1.2:8080 -m -w 1`)
  t.strictSame(shown(), [...SCHEDULERS.map((name, index) => `-A -t ${index + 1} -s ${name}`), ...destinations])
  t.strictSame(ipvs.apply(servers(1).map((each) => ({ verb: 'setServer', server: each }) as const)), new Array(9).fill(undefined))
  const moved = ['wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq', 'rr']
  t.strictSame(shown(), [...moved.map((name, index) => `-A -t ${index + 1} -s ${name}`), ...destinations])
  const observed = new Map(ipvs.servers().map((each) => [serverText(each), each.scheduler]))
  t.strictSame(
    moved.map((_, index) => observed.get(`tcp 10.96.0.1:${index + 1}`)),
    moved,
  )
})

t.test('scheduler flags are set and cleared', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  const on = (port: number, scheduler: string, schedulerFlags: number) => server({ port, scheduler, schedulerFlags })
  ipvs.apply([on(1, 'sh', 0x8), on(2, 'sh', 0x10), on(3, 'mh', 0x18), on(4, 'rr', 0x20)].flatMap((each) => add(each)))
  t.strictSame(ipvsRules(host), [
    '-A -t 10.96.0.1:1 -s sh -b sh-fallback',
    '-A -t 10.96.0.1:2 -s sh -b sh-port',
    '-A -t 10.96.0.1:3 -s mh -b mh-fallback,mh-port',
    '-A -t 10.96.0.1:4 -s rr -b flag-3',
  ])
  const observed = new Map(ipvs.servers().map((each) => [serverText(each), each.schedulerFlags]))
  t.strictSame(
    [1, 2, 3, 4].map((port) => observed.get(`tcp 10.96.0.1:${port}`)),
    [0x8, 0x10, 0x18, 0x20],
  )
  ipvs.apply([
    { verb: 'setServer', server: on(3, 'mh', 0x8) },
    { verb: 'setServer', server: on(4, 'rr', 0) },
  ])
  t.strictSame(ipvsRules(host).slice(2), ['-A -t 10.96.0.1:3 -s mh -b mh-fallback', '-A -t 10.96.0.1:4 -s rr'])
})

t.test('persistence sticks to one client address, for its seconds, and ends', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  ipvs.apply([server({ persistenceSeconds: 10_800 }), { ...server6, persistenceSeconds: 1 }].flatMap((each) => add(each)))
  // For any netmask but 255.255.255.255 and 128 ipvsadm adds -M.
  t.strictSame(ipvsRules(host), ['-A -t 10.96.0.1:80 -s rr -p 10800', '-A -t [fd00:96::1]:80 -s rr -p 1'])
  const observed = new Map(ipvs.servers().map((each) => [serverText(each), each]))
  t.match(observed.get('tcp 10.96.0.1:80'), { persistenceSeconds: 10_800, persistencePrefix: 32 })
  t.match(observed.get('tcp [fd00:96::1]:80'), { persistenceSeconds: 1, persistencePrefix: 128 })
  ipvs.apply([{ verb: 'setServer', server: server() }])
  t.equal(ipvsRules(host)[0], '-A -t 10.96.0.1:80 -s rr')
  t.equal(ipvs.servers().find((each) => serverText(each) === 'tcp 10.96.0.1:80')?.persistenceSeconds, 0)
})

t.test('what somebody else changed shows, and setting repairs it', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  const udp = server({ protocol: 'udp' })
  // ipvsadm tunnels only to the server's own port.
  const samePort: Destination = { ...pod, port: 80 }
  ipvs.apply(add(udp, samePort))
  host.exec('ipvsadm', '-E', '-u', '10.96.0.1:80', '-s', 'lc', '-p', '60', '-M', '255.255.255.0', '-o')
  host.exec('ipvsadm', '-e', '-u', '10.96.0.1:80', '-r', '10.244.1.2:80', '-i', '-w', '3')
  t.match(ipvs.servers()[0], { scheduler: 'lc', schedulerFlags: 0x4, persistenceSeconds: 60, persistencePrefix: 24 })
  t.match(ipvs.destinations(udp)[0], { weight: 3, masquerading: false })
  ipvs.apply([
    { verb: 'setServer', server: udp },
    { verb: 'setDestination', server: udp, destination: samePort },
  ])
  t.strictSame(ipvsRules(host), ['-A -u 10.96.0.1:80 -s rr', '-a -u 10.96.0.1:80 -r 10.244.1.2:80 -m -w 1'])
  t.match(ipvs.servers()[0], { ...udp, persistencePrefix: 32 })
  t.match(ipvs.destinations(udp)[0], { ...samePort, masquerading: true })
})

t.test('servers by firewall mark come and go, one for each family, and show in dumps and in /proc', needs, async (t) => {
  const { ipvs, host, namespace } = emptyIpvsHost()
  const marked = { fwmark: 0x1_2000, scheduler: 'mh', schedulerFlags: 0x8, persistenceSeconds: 0 }
  const servers: VirtualServer[] = [
    { ...marked, family: 4 },
    { ...marked, family: 6 },
  ]
  t.strictSame(ipvs.apply(servers.flatMap((each) => add(each, familyOfServer(each) === 6 ? pod6 : pod))), new Array(4).fill(undefined))
  t.strictSame(ipvsRules(host), [
    '-A -f 73728 -6 -s mh -b mh-fallback',
    '-A -f 73728 -s mh -b mh-fallback',
    '-a -f 73728 -6 -r [fd00:244::2]:8080 -m -w 1',
    '-a -f 73728 -r 10.244.1.2:8080 -m -w 1',
  ])
  t.strictSame(ipvs.servers().map(serverText).sort(), ['fwmark 0x12000 ipv4', 'fwmark 0x12000 ipv6'])
  t.strictSame(
    parseProcIpVs(readProcIpVs(namespace))
      .map(({ server }) => serverText(server))
      .sort(),
    ['fwmark 0x12000 ipv4', 'fwmark 0x12000 ipv6'],
  )
  for (const each of servers) t.match(ipvs.destinations(each), [familyOfServer(each) === 6 ? pod6 : pod])
  t.strictSame(ipvs.apply(servers.map((each) => ({ verb: 'deleteServer', server: each }) as const)), [undefined, undefined])
  t.strictSame(ipvsRules(host), [])
})

t.test('timeouts are set as ipvsadm shows them, and 0 leaves one as it is', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  ipvs.setTimeouts({ tcp: 1_200, tcpFin: 30, udp: 60 })
  t.equal(host.exec('ipvsadm', '-L', '--timeout'), 'Timeout (tcp tcpfin udp): 1200 30 60')
  ipvs.setTimeouts({ tcp: 0, tcpFin: 31, udp: 0 })
  t.strictSame(ipvs.timeouts(), { tcp: 1_200, tcpFin: 31, udp: 60 })
})

t.test('namespaces do not see each other’s servers', needs, async (t) => {
  const one = emptyIpvsHost()
  const other = makeIpvsHost(t)
  one.ipvs.apply(add(server(), pod))
  t.strictSame(other.ipvs.servers(), [])
  t.strictSame(ipvsRules(other.host), [])
  t.strictSame(other.ipvs.apply(add(server(), pod)), [undefined, undefined])
})
