import t from 'tap'
import { EMPTY_RESULT } from '../protocol/result.ts'
import { createPortmap } from './plugin.ts'
import { mapping, previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, type SimulatedHostOptions, simulatedHost } from './testing/simulated-host.ts'
import { refusal } from './testing/simulated-iptables.ts'

const add = (host: SimulatedHost, fields: object = {}) => {
  const call = testCall(fields)
  return { result: createPortmap(host).add(call), warnings: call.warnings }
}

const programs = ({ iptables, ran }: SimulatedHost): string[] => [
  ...iptables.ran.map(({ program }) => program),
  ...ran.map((run) => (typeof run === 'string' ? `nft ${run}` : 'nft -f')),
]

const DUAL = { prevResult: previousResult(4, 6) }
const UDP = { runtimeConfig: { portMappings: [mapping(5353, 53, 'UDP'), mapping(8080, 80), mapping(5353, 53, 'udp', '192.0.2.9')] } }

t.test('the result is the previous plugin’s', async (t) => {
  const { result } = add(simulatedHost())
  t.strictSame(result, {
    ...EMPTY_RESULT,
    interfaces: [{ name: 'eth0', sandbox: '/run/netns/pod' }],
    ips: [{ interface: 0, address: { address: '10.20.3.2', prefixLength: 24 } }],
  })
})

t.test('one port of an IPv4 container is one process, and the host may use it at 127.0.0.1', async (t) => {
  const host = simulatedHost()
  add(host)
  t.strictSame(programs(host), ['iptables-restore'])
  t.strictSame(host.log, ['net/ipv4/conf/kube-bridge/route_localnet = 1'])
})

t.test('two families are a transaction each with iptables, and one together with nftables', async (t) => {
  const iptables = simulatedHost()
  add(iptables, DUAL)
  t.strictSame(programs(iptables), ['iptables-restore', 'ip6tables-restore'])
  const nftables = simulatedHost()
  add(nftables, { ...DUAL, backend: 'nftables' })
  t.strictSame(programs(nftables), ['nft -f'])
  t.strictSame(nftables.log, ['net/ipv4/conf/kube-bridge/route_localnet = 1'])
})

t.test('without mappings nothing is asked, started or changed', async (t) => {
  for (const runtimeConfig of [{}, { portMappings: [] }, undefined, null]) {
    const host = simulatedHost()
    t.match(add(host, { runtimeConfig }).result, { ips: [{ interface: 0 }] })
    t.strictSame([programs(host), host.log], [[], []])
  }
})

t.test('where iptables cannot be used, nftables is', async (t) => {
  const host = simulatedHost({ unusable: 'not installed' })
  add(host)
  t.strictSame(programs(host), ['nft -f'])
})

t.test('127.0.0.1 is left alone without snat, without a route, and for IPv6', async (t) => {
  const cases: [fields: object, options: SimulatedHostOptions][] = [
    [{ snat: false }, {}],
    [{}, { device: undefined }],
    [{ prevResult: previousResult(6) }, {}],
  ]
  for (const [fields, options] of cases) {
    const host = simulatedHost(options)
    add(host, fields)
    t.strictSame(host.log, [])
  }
})

const flow = (id: number, family: 4 | 6, destinationPort: number) => ({
  family,
  protocol: 17,
  source: '',
  destination: '',
  sourcePort: 1,
  destinationPort,
  id,
})

t.test('UDP flows to mapped UDP ports are forgotten, in the families of the container', async (t) => {
  const flows = [flow(1, 4, 5353), flow(2, 4, 8080), flow(3, 6, 5353), flow(4, 4, 53)]
  const four = simulatedHost({ flows })
  add(four, { ...UDP, snat: false })
  t.strictSame(four.log, ['flows 4 udp 5353', 'forget flow 1'])
  const both = simulatedHost({ flows })
  add(both, { ...UDP, ...DUAL, backend: 'nftables', snat: false })
  t.strictSame(both.log, ['flows 4 udp 5353', 'forget flow 1', 'flows 6 udp 5353', 'forget flow 3'])
})

t.test('flows that cannot be forgotten are told, and no failure', async (t) => {
  const { warnings } = add(simulatedHost({ refuse: 'flows' }), UDP)
  t.strictSame(warnings, ['failed to delete stale UDP conntrack entries for 10.20.3.2: flows 4 udp 5353: operation not permitted'])
})

t.test('a call without a previous result is refused', async (t) => {
  const host = simulatedHost()
  t.throws(() => add(host, { prevResult: undefined }), { message: 'must be called as chained plugin' })
  t.throws(() => add(host, { prevResult: undefined, snat: 1 }), {
    message: /^failed to parse config: failed to parse network configuration: /,
  })
  t.strictSame(programs(host), [])
})

t.test('what cannot be mapped is refused before anything is started or changed', async (t) => {
  for (const bad of [mapping(70000, 80), mapping(80, 70000), mapping(80, 80, 'xx'), mapping(80, 80, '')]) {
    const host = simulatedHost()
    t.throws(() => add(host, { ...DUAL, runtimeConfig: { portMappings: [mapping(8080, 80), bad] } }), { code: 7 })
    t.strictSame([programs(host), host.log], [[], []])
  }
})

t.test('a failure of the second family undoes the first', async (t) => {
  const host = simulatedHost({
    before: (run) => {
      if (run === 2) throw refusal('no IPv6 here')
    },
  })
  t.throws(() => add(host, { ...DUAL, snat: false }), { message: 'unable to setup DNAT: no IPv6 here' })
  t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-DN-')
  t.notMatch(host.iptables.rules(6).join('\n'), 'CNI-DN-')
})

t.test('a failure after the rules undoes them, and is what the caller hears', async (t) => {
  const message = 'unable to enable route_localnet: net/ipv4/conf/kube-bridge/route_localnet = 1: operation not permitted'
  const iptables = simulatedHost({ refuse: 'net/' })
  t.throws(() => add(iptables), { message })
  t.notMatch(iptables.iptables.rules(4).join('\n'), 'CNI-DN-')
  const nftables = simulatedHost({ refuse: 'net/', nft: { tables: { ip: [] } } })
  t.throws(() => add(nftables, { backend: 'nftables' }), { message })
  t.strictSame(programs(nftables), ['nft list ip', 'nft -f', 'nft list ip'])
})

t.test('a failure to undo is told beside the first failure', async (t) => {
  const host = simulatedHost({
    refuse: 'net/',
    before: (run) => {
      if (run === 2) throw refusal('gone mad', 'ETIMEDOUT')
    },
  })
  const call = testCall()
  t.throws(() => createPortmap(host).add(call), { message: /^unable to enable route_localnet: / })
  t.strictSame(call.warnings, ['gone mad'])
})
