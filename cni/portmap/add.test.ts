import t from 'tap'
import type { Flow } from '#kernel/conntrack/messages.ts'
import { EMPTY_RESULT } from '../protocol/result.ts'
import { createPortmap } from './plugin.ts'
import { mapping, previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, type SimulatedHostOptions, simulatedHost } from './testing/simulated-host.ts'
import { nftRule } from './testing/simulated-nftables.ts'
import { refusal } from './testing/simulated-table.ts'

const add = (host: SimulatedHost, fields: object = {}) => {
  const call = testCall(fields)
  return { result: createPortmap(host).add(call), warnings: call.warnings }
}

const programs = ({ iptables, ran }: SimulatedHost): string[] => [...iptables.ran.map(({ program }) => program), ...ran.map(() => 'nft -f')]

const DUAL = { prevResult: previousResult(4, 6) }
const UDP = { runtimeConfig: { portMappings: [mapping(5353, 53, 'UDP'), mapping(8080, 80)] } }
const LOCALNET = 'net/ipv4/conf/kube-bridge/route_localnet'

t.test('the result is the previous plugin’s', async (t) => {
  const { result } = add(simulatedHost())
  t.strictSame(result, {
    ...EMPTY_RESULT,
    passedOn: true,
    interfaces: [{ name: 'eth0', sandbox: '/run/netns/pod' }],
    ips: [{ interface: 0, address: { address: '10.20.3.2', prefixLength: 24 } }],
  })
})

t.test('one port of an IPv4 container is one process, and the host may use it at 127.0.0.1', async (t) => {
  const host = simulatedHost()
  add(host)
  t.strictSame(programs(host), ['iptables-restore'])
  t.strictSame(host.log, [`${LOCALNET} = 0`, `${LOCALNET} = 1`], 'tried with the old value before anything is changed')
})

t.test('two families are a transaction each with iptables, and one together with nftables', async (t) => {
  const iptables = simulatedHost()
  add(iptables, DUAL)
  t.strictSame(programs(iptables), ['iptables-restore', 'ip6tables-restore'])
  const nftables = simulatedHost()
  add(nftables, { ...DUAL, backend: 'nftables' })
  t.strictSame(programs(nftables), ['nft -f'])
  t.strictSame(nftables.log, [`${LOCALNET} = 0`, `${LOCALNET} = 1`])
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

t.test('127.0.0.1 is left alone without snat, without a route, for IPv6, and where it is routed already', async (t) => {
  const cases: [fields: object, options: SimulatedHostOptions][] = [
    [{ snat: false }, {}],
    [{}, { device: undefined }],
    [{}, { routeLocalnet: '1' }],
    [{ prevResult: previousResult(6) }, {}],
  ]
  for (const [fields, options] of cases) {
    const host = simulatedHost(options)
    add(host, fields)
    t.strictSame(host.log, [])
  }
})

const flow = (id: number, destination: string, answering: string, answeringPort = 53): Flow => ({
  family: destination.includes(':') ? 6 : 4,
  protocol: 17,
  source: '192.0.2.2',
  destination,
  sourcePort: 40000,
  destinationPort: 5353,
  id,
  answering: { address: answering, port: answeringPort },
})

t.test(
  'UDP flows to the host at a mapped port that others answer are forgotten; the reference forgets whatever has this port',
  async (t) => {
    const flows = [
      flow(1, '192.0.2.1', '192.0.2.1', 5353),
      flow(2, '192.0.2.1', '10.20.3.99'),
      flow(3, '192.0.2.1', '10.20.3.2'),
      flow(4, '192.0.2.1', '10.20.3.2', 54),
      flow(5, '8.8.8.8', '8.8.8.8', 5353),
      flow(6, 'fd02::1', 'fd02::1', 5353),
    ]
    const options = { flows, local: ['192.0.2.1', 'fd02::1'] }
    const four = simulatedHost(options)
    add(four, { ...UDP, snat: false })
    t.strictSame(four.log, ['flows 4 udp 5353', 'forget flow 1', 'forget flow 2', 'forget flow 4'])
    const both = simulatedHost(options)
    add(both, { ...UDP, ...DUAL, backend: 'nftables', snat: false })
    t.strictSame(both.log.slice(4), ['flows 6 udp 5353', 'forget flow 6'])
  },
)

t.test('with a host address only flows to that address are forgotten', async (t) => {
  const host = simulatedHost({
    flows: [flow(1, '192.0.2.1', '192.0.2.1'), flow(2, '192.0.2.9', '192.0.2.9')],
    local: ['192.0.2.1', '192.0.2.9'],
  })
  add(host, { snat: false, runtimeConfig: { portMappings: [mapping(5353, 53, 'udp', '192.0.2.9')] } })
  t.strictSame(host.log, ['flows 4 udp 5353', 'forget flow 2'])
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

t.test('a failure of the second family takes back what was made for all, which the reference leaves', async (t) => {
  const host = simulatedHost({
    before: (run) => {
      if (run === 2) throw refusal('no IPv6 here')
    },
  })
  const before = [...host.iptables.rules(4), ...host.iptables.rules(4, 'mangle')]
  t.throws(() => add(host, DUAL), { message: 'unable to setup DNAT: no IPv6 here' })
  t.strictSame([...host.iptables.rules(4), ...host.iptables.rules(4, 'mangle')], before)
  t.strictSame(host.log, [`${LOCALNET} = 0`], 'and 127.0.0.0/8 is not routed')
})

t.test('a kernel that refuses to route 127.0.0.0/8 is known before anything is changed', async (t) => {
  for (const backend of ['iptables', 'nftables']) {
    const host = simulatedHost({ refuse: 'net/' })
    t.throws(() => add(host, { backend }), { message: `unable to enable route_localnet: ${LOCALNET} = 0: operation not permitted` })
    t.strictSame(programs(host), [])
  }
})

t.test('a failure after the rules undoes them, and is what the caller hears', async (t) => {
  const message = `unable to enable route_localnet: ${LOCALNET} = 1: operation not permitted`
  const host = simulatedHost({ refuse: `${LOCALNET} = 1` })
  t.throws(() => add(host), { message })
  t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-')
  t.strictSame(host.iptables.rules(4, 'mangle'), [':PREROUTING'])
  const present = [nftRule(2, 'other')]
  const nftables = simulatedHost({ refuse: `${LOCALNET} = 1`, nft: { present, before: (_, rules) => void rules.push(nftRule(3, 'cid1')) } })
  t.throws(() => add(nftables, { backend: 'nftables' }), { message })
  t.strictSame(
    nftables.present.map(({ handle }) => handle),
    [2],
  )
})

t.test('a failure to undo is told beside the first failure', async (t) => {
  const host = simulatedHost({
    refuse: `${LOCALNET} = 1`,
    beforeRemoval: () => {
      throw refusal('gone mad', 'ETIMEDOUT')
    },
  })
  const call = testCall()
  t.throws(() => createPortmap(host).add(call), { message: /^unable to enable route_localnet: / })
  t.strictSame(call.warnings, ['gone mad'])
})
