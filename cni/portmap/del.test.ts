import t from 'tap'
import type { Flow } from '#kernel/conntrack/messages.ts'
import { createPortmap } from './plugin.ts'
import { mapping, previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, simulatedHost } from './testing/simulated-host.ts'
import { nftRule } from './testing/simulated-nftables.ts'
import { refusal } from './testing/simulated-table.ts'

const DUAL = { prevResult: previousResult(4, 6) }

const add = (host: SimulatedHost, fields: object = {}): void => void createPortmap(host).add(testCall(fields))
const del = (host: SimulatedHost, fields: object = {}): void => createPortmap(host).del(testCall(fields))

const started = (host: SimulatedHost): number => host.iptables.ran.length + host.ran.length

t.test('what ADD made is removed, also without mappings or a previous result', async (t) => {
  for (const fields of [DUAL, {}, { prevResult: undefined }, { runtimeConfig: {}, prevResult: undefined }]) {
    const host = simulatedHost()
    add(host, DUAL)
    del(host, fields)
    t.notMatch([...host.iptables.rules(4), ...host.iptables.rules(6)].join('\n'), 'CNI-DN-')
  }
})

t.test('[portmap 23] where nothing of the container is, no process is started', async (t) => {
  const host = simulatedHost()
  del(host)
  del(host, { backend: 'nftables' })
  t.equal(started(host), 0)
})

t.test('without mappings legacy iptables, which only a process could ask, is left alone, as by the reference', async (t) => {
  const host = simulatedHost({ chainsAreKnown: false })
  add(host)
  const before = started(host)
  del(host, { runtimeConfig: {} })
  t.equal(started(host), before)
  t.match(host.iptables.rules(4).join('\n'), 'CNI-DN-')
})

t.test('both packet filters are cleaned, whatever the backend is now; the reference cleans only that one', async (t) => {
  const host = simulatedHost({ nft: { present: [nftRule(8, 'cid1')] } })
  add(host)
  del(host, { backend: 'nftables' })
  t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-DN-')
  t.strictSame(host.present, [])
})

t.test('a config that cannot be read is refused, as by the reference', async (t) => {
  t.throws(() => del(simulatedHost(), { runtimeConfig: { portMappings: [mapping(0, 80)] } }), {
    message: 'failed to parse config: Invalid host port number: 0',
  })
  t.throws(() => del(simulatedHost(), { backend: 'x' }), { message: 'failed to parse config: unrecognized backend "x"' })
})

t.test('what ADD refuses beyond the reference does not keep DEL from working', async (t) => {
  const host = simulatedHost()
  add(host)
  del(host, { runtimeConfig: { portMappings: [mapping(70000, 80, 'nonsense')] } })
  t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-DN-')
})

t.test('a failing step does not stop the others, and every failure is told', async (t) => {
  const host = simulatedHost({
    nft: {
      present: [nftRule(8, 'cid1')],
      beforeRemoval: () => {
        throw refusal('nf_tables: busy')
      },
    },
    beforeRemoval: (removal) => {
      if (removal === 1) throw refusal('stuck', 'ETIMEDOUT')
    },
  })
  add(host, DUAL)
  t.throws(() => del(host, DUAL), { message: 'could not teardown ipv4 dnat: stuck; error deleting nftables rules: nf_tables: busy' })
  t.match(host.iptables.rules(4).join('\n'), 'CNI-DN-')
  t.notMatch(host.iptables.rules(6).join('\n'), 'CNI-DN-')
})

t.test('rules that netlink can remove need no program', async (t) => {
  const host = simulatedHost({ unusable: 'broken', isNftInstalled: false })
  add(host, { backend: 'iptables' })
  const before = started(host)
  del(host, { backend: 'iptables' })
  t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-DN-')
  t.equal(started(host), before)
})

const flow = (id: number, address: string, port = 53): Flow => ({
  ...{ family: 4, protocol: 17, source: '192.0.2.2', destination: '192.0.2.1', sourcePort: 40000, destinationPort: 5353, id },
  answering: { address, port },
})
const FLOWS = [flow(1, '10.20.3.2'), flow(2, '10.20.3.3'), flow(3, '192.0.2.1', 5353), flow(4, '10.20.3.2', 54)]
const UDP = { runtimeConfig: { portMappings: [mapping(5353, 53, 'udp')] }, snat: false }

t.test('UDP flows that the container answered are forgotten, and no others; the reference forgets none', async (t) => {
  for (const backend of ['iptables', 'nftables']) {
    const host = simulatedHost({ flows: FLOWS })
    del(host, { ...UDP, backend })
    t.strictSame(host.log, ['flows 4 udp 5353', 'forget flow 1'])
  }
})

t.test('without a previous result or mappings the flows are found by the rules', async (t) => {
  const cases = [
    { fields: { ...UDP, prevResult: undefined }, variants: [true, false] },
    { fields: { runtimeConfig: {}, snat: false }, variants: [true] },
  ]
  for (const { fields, variants } of cases) {
    for (const chainsAreKnown of variants) {
      const host = simulatedHost({ chainsAreKnown, flows: FLOWS })
      add(host, UDP)
      host.log.splice(0)
      del(host, fields)
      t.strictSame(host.log, ['flows 4 udp 5353', 'forget flow 1'])
      t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-DN-')
    }
    const values = [Buffer.of(17), Buffer.of(20, 233), Buffer.of(10, 20, 3, 2), Buffer.of(0, 53)]
    const nft = simulatedHost({ flows: FLOWS, nft: { present: [{ ...nftRule(1, 'cid1'), values }] } })
    del(nft, fields)
    t.strictSame(nft.log, ['flows 4 udp 5353', 'forget flow 1'])
  }
})

t.test('TCP ports cost no look at flows', async (t) => {
  const host = simulatedHost({ flows: FLOWS })
  del(host, {})
  t.strictSame(host.log, [])
})

t.test('flows that cannot be forgotten are told, and no failure', async (t) => {
  const call = testCall(UDP)
  createPortmap(simulatedHost({ refuse: 'flows' })).del(call)
  t.strictSame(call.warnings, ['failed to delete stale UDP conntrack entries for 10.20.3.2: flows 4 udp 5353: operation not permitted'])
})

t.test('an iptables that cannot even be asked is a failure only where it is the backend', async (t) => {
  const options = { chainsAreKnown: false, unusable: 'broken' }
  del(simulatedHost(options))
  del(simulatedHost(options), { backend: 'nftables' })
  const message = 'neither iptables nor ip6tables is usable, (iptables) broken, (ip6tables) broken'
  t.throws(() => del(simulatedHost(options), { backend: 'iptables' }), { message })
  t.throws(() => del(simulatedHost({ ...options, isNftInstalled: false })), { message })
})
