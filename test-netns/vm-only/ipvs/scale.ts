/** Many Services with ten endpoints each: one apply, and everything that reads says the same. */
import t, { type Test } from 'tap'
import { observeIpvs, readProcIpVs } from '#kernel/ipvs/observe.ts'
import { parseProcIpVs } from '#kernel/ipvs/proc.ts'
import { endpointText, serverText } from '#kernel/ipvs/server-id.ts'
import type {
  AddressServerId,
  Destination,
  IpvsOperation,
  ObservedDestination,
  ServerSettings,
  VirtualServer,
  VirtualServerId,
} from '#kernel/ipvs/types.ts'
import { ipvsRules } from '../../rig/witness-ipvs.ts'
import { emptyIpvsHost, needs } from './host.ts'

const DESTINATIONS = 10

/** Every fifth is IPv6, every third UDP, every seventh sticks to its clients. */
const server = (index: number): AddressServerId & ServerSettings => ({
  protocol: index % 3 === 0 ? 'udp' : 'tcp',
  address: index % 5 === 0 ? `fd00:96::${(index + 1).toString(16)}` : `10.96.${index >> 8}.${index & 0xff}`,
  port: 1_000 + index,
  scheduler: ['rr', 'lc', 'sh', 'dh'][index % 4] ?? 'rr',
  schedulerFlags: index % 4 === 2 ? 0x10 : 0,
  persistenceSeconds: index % 7 === 0 ? 10_800 : 0,
})

const destination = (index: number, nth: number): Destination => ({
  address: index % 5 === 0 ? `fd00:244:${(index + 1).toString(16)}::${nth + 1}` : `10.${100 + nth}.${index >> 8}.${index & 0xff}`,
  port: 8_080,
  weight: nth,
})

const askedFor = (servers: number) =>
  Array.from({ length: servers }, (_, index) => ({
    server: server(index),
    destinations: Array.from({ length: DESTINATIONS }, (_, nth) => destination(index, nth)),
  }))
type Asked = ReturnType<typeof askedFor>

/** What ipvsadm -Sn must print. */
const linesOf = (asked: Asked): string[] =>
  asked.flatMap(({ server, destinations }) => {
    const place = `-${server.protocol === 'udp' ? 'u' : 't'} ${endpointText(server)}`
    const persistence = server.persistenceSeconds > 0 ? ` -p ${server.persistenceSeconds}` : ''
    const flags = server.schedulerFlags === 0x10 ? ' -b sh-port' : ''
    return [
      `-A ${place} -s ${server.scheduler}${persistence}${flags}`,
      ...destinations.map((each) => `-a ${place} -r ${endpointText(each)} -m -w ${each.weight}`),
    ]
  })

interface Entry {
  readonly server: VirtualServerId & { readonly scheduler: string }
  readonly destinations: readonly ObservedDestination[]
}

/** A server and its destinations as text, which compares a thousand times faster than tap does. */
const summary = ({ server, destinations }: Entry): string => `${serverText(server)} ${server.scheduler} ${JSON.stringify(destinations)}`

const exact = (server: VirtualServer): string =>
  `${serverText(server)} ${server.scheduler} ${server.schedulerFlags} ${server.persistenceSeconds}`

/** The first few places where two lists differ. */
const differing = (found: readonly string[], wanted: readonly string[]): unknown[] =>
  Array.from({ length: Math.max(found.length, wanted.length) }, (_, index) => ({ found: found[index], wanted: wanted[index] }))
    .filter(({ found, wanted }) => found !== wanted)
    .slice(0, 5)

/** Adds the test with so many virtual servers. */
export const scale = (servers: number): Promise<unknown> =>
  t.test(`${servers} servers with ${DESTINATIONS} destinations each`, needs, (t) => fillAndEmpty(t, askedFor(servers)))

const fillAndEmpty = async (t: Test, asked: Asked): Promise<void> => {
  const { ipvs, host, namespace } = emptyIpvsHost()
  const operations: IpvsOperation[] = asked.flatMap(({ server, destinations }) => [
    { verb: 'addServer', server } as const,
    ...destinations.map((destination) => ({ verb: 'addDestination', server, destination }) as const),
  ])
  const { messages, datagrams } = ipvs.counters
  const outcomes = ipvs.apply(operations)

  t.strictSame(new Set(outcomes), new Set([undefined]), 'all are acknowledged')
  const count = asked.length * (1 + DESTINATIONS)
  t.equal(ipvs.counters.messages - messages, count, 'one message each')
  t.ok(ipvs.counters.datagrams - datagrams <= count / 100, 'about a hundred messages in a datagram')
  t.strictSame(differing(ipvsRules(host), linesOf(asked).sort()), [], 'ipvsadm -Sn shows what was asked for')

  const proc = parseProcIpVs(readProcIpVs(namespace))
  const observed = observeIpvs(ipvs, namespace)
  // The kernel counts other namespaces' servers when it resumes a read of /proc, and leaves out as many of ours: what is missing is no error.
  const known = new Set(observed.map(summary))
  t.strictSame(
    proc
      .map(summary)
      .filter((entry) => !known.has(entry))
      .slice(0, 5),
    [],
    'netlink has all that /proc/net/ip_vs has',
  )
  t.ok(proc.length > 0, '/proc/net/ip_vs has some of them')
  t.strictSame(differing(observed.map(({ server }) => exact(server)).sort(), asked.map(({ server }) => exact(server)).sort()), [])
  const sample = observed.filter((_, index) => index % 10 === 0)
  const dumped = sample.map(({ server }) => ({ server, destinations: ipvs.destinations(server) }))
  t.strictSame(differing(sample.map(summary), dumped.map(summary)), [], 'destinations by /proc are those of the netlink dumps')

  const deleted = ipvs.apply(asked.map(({ server }) => ({ verb: 'deleteServer', server }) as const))
  t.strictSame(new Set(deleted), new Set([undefined]))
  t.strictSame(ipvsRules(host), [], 'a server takes its destinations along')
}
