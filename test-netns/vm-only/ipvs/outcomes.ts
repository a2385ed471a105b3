/** How the kernel refuses IPVS operations, one by one, while the others of the same batch succeed. */
import t from 'tap'
import type { Destination, IpvsOperation, VirtualServer } from '#kernel/ipvs/types.ts'
import { ipvsRules } from '../../rig/witness-ipvs.ts'
import { emptyIpvsHost, needs } from './host.ts'

const server = (port: number, scheduler = 'rr'): VirtualServer => ({
  protocol: 'tcp',
  address: '10.96.0.1',
  port,
  scheduler,
  schedulerFlags: 0,
  persistenceSeconds: 0,
})

const pod = (number: number, weight = 1): Destination => ({ address: `10.244.1.${number}`, port: 8080, weight })

const CASES: readonly { readonly operation: IpvsOperation; readonly code: string | undefined }[] = [
  { operation: { verb: 'addServer', server: server(80) }, code: undefined },
  { operation: { verb: 'addServer', server: server(80) }, code: 'EEXIST' },
  { operation: { verb: 'addServer', server: server(81, 'no_such_one') }, code: 'ENOENT' },
  { operation: { verb: 'setServer', server: server(82) }, code: 'ESRCH' },
  { operation: { verb: 'deleteServer', server: server(82) }, code: 'ESRCH' },
  { operation: { verb: 'addDestination', server: server(80), destination: pod(1) }, code: undefined },
  { operation: { verb: 'addDestination', server: server(80), destination: pod(1) }, code: 'EEXIST' },
  { operation: { verb: 'addDestination', server: server(82), destination: pod(1) }, code: 'ESRCH' },
  { operation: { verb: 'setDestination', server: server(80), destination: pod(2) }, code: 'ENOENT' },
  { operation: { verb: 'deleteDestination', server: server(80), destination: pod(2) }, code: 'ENOENT' },
  { operation: { verb: 'addDestination', server: server(80), destination: pod(3, 0x8000_0000) }, code: 'ERANGE' },
  { operation: { verb: 'setDestination', server: server(80), destination: pod(1, 0xffff_ffff) }, code: 'ERANGE' },
  { operation: { verb: 'addDestination', server: server(80), destination: { ...pod(3), address: 'fd00::3' } }, code: 'EINVAL' },
  { operation: { verb: 'addDestination', server: server(80), destination: { ...pod(3), address: '224.0.0.1' } }, code: 'EINVAL' },
  { operation: { verb: 'setServer', server: server(80, 'no_such_one') }, code: 'ENOENT' },
  { operation: { verb: 'addServer', server: { ...server(80), port: 99_999 } }, code: 'ERR_NOT_SENT' },
  { operation: { verb: 'addDestination', server: server(80), destination: pod(4) }, code: undefined },
]

/** What was refused here, before the kernel saw it, has no errno. */
const codeOf = (outcome: Error | undefined): string | undefined =>
  outcome === undefined ? undefined : 'code' in outcome ? String(outcome.code) : 'ERR_NOT_SENT'

t.test('each operation of a batch has its own outcome', needs, async (t) => {
  const { ipvs, host } = emptyIpvsHost()
  const { datagrams } = ipvs.counters
  const outcomes = ipvs.apply(CASES.map(({ operation }) => operation))
  t.equal(ipvs.counters.datagrams - datagrams, 1, 'all in one datagram')
  for (const [index, { operation, code }] of CASES.entries()) {
    t.equal(codeOf(outcomes[index]), code, `${index}: ${operation.verb} is ${code ?? 'acknowledged'}`)
  }
  t.strictSame(ipvsRules(host), [
    '-A -t 10.96.0.1:80 -s rr',
    '-a -t 10.96.0.1:80 -r 10.244.1.1:8080 -m -w 1',
    '-a -t 10.96.0.1:80 -r 10.244.1.4:8080 -m -w 1',
  ])
})

t.test('a batch in which everything fails over many datagrams loses no outcome', needs, async (t) => {
  const { ipvs } = emptyIpvsHost()
  const operations = Array.from({ length: 600 }, (_, index) => ({ verb: 'deleteServer', server: server(index + 1) }) as const)
  t.equal(ipvs.apply(operations).map(codeOf).join(' '), 'ESRCH '.repeat(600).trimEnd())
})

t.test('the last operation of a batch failing is its outcome alone', needs, async (t) => {
  const { ipvs } = emptyIpvsHost()
  const outcomes = ipvs.apply([
    { verb: 'addServer', server: server(80) },
    { verb: 'deleteServer', server: server(81) },
  ])
  t.strictSame(outcomes.map(codeOf), [undefined, 'ESRCH'])
})

t.test('an unknown server has an empty dump of destinations', needs, async (t) => {
  t.strictSame(emptyIpvsHost().ipvs.destinations(server(80)), [])
})
