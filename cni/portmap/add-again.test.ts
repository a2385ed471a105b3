import t from 'tap'
import { createPortmap } from './plugin.ts'
import { mapping, previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, simulatedHost } from './testing/simulated-host.ts'
import { nftRule } from './testing/simulated-nftables.ts'
import { refusal } from './testing/simulated-table.ts'

const add = (host: SimulatedHost, fields: object = {}) => createPortmap(host).add(testCall(fields))

const DUAL = { prevResult: previousResult(4, 6) }
const LOCALNET = 'net/ipv4/conf/kube-bridge/route_localnet'

const refuse = (reason: string): never => {
  throw refusal(reason)
}

t.test('a repeated ADD that fails leaves what was mapped before; the reference leaves both halves', async (t) => {
  const host = simulatedHost({ before: (run) => run > 1 && refuse('unknown option') })
  add(host)
  const mapped = [...host.iptables.rules(4), ...host.iptables.rules(4, 'mangle')]
  t.throws(() => add(host, { runtimeConfig: { portMappings: [mapping(9090, 90)] } }), { message: /unknown option/ })
  t.strictSame([...host.iptables.rules(4), ...host.iptables.rules(4, 'mangle')], mapped)
  const nftables = simulatedHost({ refuse: `${LOCALNET} = 1`, nft: { present: [nftRule(1, 'cid1')] } })
  t.throws(() => add(nftables, { backend: 'nftables' }), { message: /route_localnet/ })
  t.equal(nftables.present.length, 1)
})

t.test('a repeated ADD that fails after its rules were made gives back the earlier ones, in their place', async (t) => {
  let refused = false
  const host = simulatedHost({ before: (run) => refused && run === 4 && refuse('no IPv6 here') })
  add(host, { ...DUAL, snat: false })
  const mapped = host.iptables.rules(4)
  refused = true
  t.throws(() => add(host, { ...DUAL, snat: false, runtimeConfig: { portMappings: [mapping(9090, 90)] } }), { message: /no IPv6 here/ })
  t.strictSame(host.iptables.rules(4), mapped)
})
