import t from 'tap'
import { createPortmap } from './plugin.ts'
import { mapping, previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, simulatedHost } from './testing/simulated-host.ts'
import { refusal } from './testing/simulated-iptables.ts'
import { listedRule } from './testing/simulated-nftables.ts'

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

t.test('both packet filters are cleaned, whatever the backend is now', async (t) => {
  const host = simulatedHost({ nft: { tables: { ip: [listedRule('hostports', 8, 'cid1')] } } })
  add(host)
  del(host, { backend: 'nftables' })
  t.notMatch(host.iptables.rules(4).join('\n'), 'CNI-DN-')
  t.strictSame(host.ran, ['list ip', ['delete rule ip cni_hostport hostports handle 8']])
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
      tables: { ip: [listedRule('hostports', 8, 'cid1')] },
      before: () => {
        throw refusal('nft: busy')
      },
    },
    before: (run) => {
      if (run === 3) throw refusal('stuck', 'ETIMEDOUT')
    },
  })
  add(host, DUAL)
  t.throws(() => del(host, DUAL), { message: 'could not teardown ipv4 dnat: stuck; error deleting nftables rules: nft: busy' })
  t.match(host.iptables.rules(4).join('\n'), 'CNI-DN-')
  t.notMatch(host.iptables.rules(6).join('\n'), 'CNI-DN-')
})

t.test('rules that no program can remove are a failure in the reference’s words', async (t) => {
  const host = simulatedHost()
  add(host)
  const broken = { ...host, iptables: { ...host.iptables, whyUnusable: (family: 4 | 6) => `broken ${family}` } }
  t.throws(() => del(broken), { message: 'neither iptables nor ip6tables is usable, (iptables) broken 4, (ip6tables) broken 6' })
})

t.test('an iptables that cannot even be asked is a failure only where it is the backend', async (t) => {
  const options = { chainsAreKnown: false, unusable: 'broken' }
  del(simulatedHost(options))
  del(simulatedHost(options), { backend: 'nftables' })
  const message = 'neither iptables nor ip6tables is usable, (iptables) broken, (ip6tables) broken'
  t.throws(() => del(simulatedHost(options), { backend: 'iptables' }), { message })
  t.throws(() => del(simulatedHost({ ...options, isNftInstalled: false })), { message })
})

t.test('without nft its tables are left alone, silently, as the reference does', async (t) => {
  const host = simulatedHost({ isNftInstalled: false, nft: { tables: { ip: [listedRule('hostports', 8, 'cid1')] } } })
  del(host)
  t.equal(started(host), 0)
})
