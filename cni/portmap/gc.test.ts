import t from 'tap'
import { attachmentMark } from './nftables-rules.ts'
import { createPortmap } from './plugin.ts'
import { mapping, testCall } from './testing/call.ts'
import { type SimulatedHost, simulatedHost } from './testing/simulated-host.ts'
import { nftRule, registered } from './testing/simulated-nftables.ts'
import { refusal } from './testing/simulated-table.ts'

const gc = (host: SimulatedHost, ...containers: string[]): void =>
  createPortmap(host).gc?.(testCall({ 'cni.dev/valid-attachments': containers.map((containerID) => ({ containerID, ifname: 'eth0' })) }))

const add = (host: SimulatedHost, containerId: string, network = 'mynet'): void =>
  void createPortmap(host).add(testCall({ runtimeConfig: { portMappings: [mapping(8080, 80)] } }, { containerId, network }))

/** The containers that have entries. */
const mapped = ({ iptables }: SimulatedHost): string[] =>
  iptables
    .rules(4)
    .flatMap((rule) => /^-A CNI-HOSTPORT-DNAT .* id: \\"(\w+)\\"/.exec(rule)?.[1] ?? [])
    .toSorted()

for (const chainsAreKnown of [true, false]) {
  t.test(
    `iptables: only this network’s dead attachments go (${chainsAreKnown ? 'nf_tables' : 'legacy'}); the reference keeps them`,
    async (t) => {
      const host = simulatedHost({ chainsAreKnown })
      for (const id of ['alive', 'dead', 'gone']) add(host, id)
      add(host, 'elsewhere', 'othernet')
      add(host, 'similar', 'mynet2')
      gc(host, 'alive')
      t.strictSame(mapped(host), ['alive', 'elsewhere', 'similar'])
      t.equal(host.iptables.rules(4).filter((rule) => rule.startsWith(':CNI-DN-')).length, 3, 'chains too')
      gc(host)
      t.strictSame(mapped(host), ['elsewhere', 'similar'], 'an empty list means that none lives')
    },
  )
}

t.test('a chain with an entry for each of two protocols goes once', async (t) => {
  for (const chainsAreKnown of [true, false]) {
    const host = simulatedHost({ chainsAreKnown })
    const runtimeConfig = { portMappings: [mapping(8080, 80), mapping(5353, 53, 'udp')] }
    createPortmap(host).add(testCall({ runtimeConfig }, { containerId: 'dead' }))
    gc(host)
    t.strictSame([mapped(host), host.iptables.rules(4).filter((rule) => rule.startsWith(':CNI-DN-'))], [[], []])
  }
})

t.test('netlink does it without a process', async (t) => {
  const host = simulatedHost()
  add(host, 'dead')
  const before = host.iptables.ran.length
  gc(host)
  t.equal(host.iptables.ran.length, before)
})

t.test('nftables: what the register says is this network’s and dead goes, rules and entry', async (t) => {
  const present = [
    nftRule(1, 'dead'),
    nftRule(2, 'dead', { chain: 'masquerading' }),
    registered(3, attachmentMark('mynet', 'dead')),
    nftRule(4, 'dead', { address: '10.99.0.2' }),
    registered(5, attachmentMark('othernet', 'dead'), '10.99.0.2'),
    nftRule(6, 'alive', { address: '10.20.3.3' }),
    registered(7, attachmentMark('mynet', 'alive'), '10.20.3.3'),
    nftRule(8, 'unregistered', { address: '10.20.3.4' }),
    nftRule(9, 'dead', { address: 'fd00:20:3::2' }),
    registered(10, attachmentMark('mynet', 'dead'), 'fd00:20:3::2'),
  ]
  const host = simulatedHost({ nft: { present } })
  gc(host, 'alive')
  t.strictSame(
    host.present.map(({ handle }) => handle),
    [4, 5, 6, 7, 8],
  )
})

t.test('without a list nothing is removed', async (t) => {
  const host = simulatedHost({ nft: { present: [nftRule(1, 'dead'), registered(3, attachmentMark('mynet', 'dead'))] } })
  add(host, 'dead')
  createPortmap(host).gc?.(testCall())
  t.strictSame([mapped(host), host.present.length], [['dead'], 2])
})

t.test('a malformed list is refused', async (t) => {
  t.throws(() => createPortmap(simulatedHost()).gc?.(testCall({ 'cni.dev/valid-attachments': 'all' })), {
    message: /^failed to parse config: json: /,
  })
})

t.test('a failure does not stop the rest, and is told', async (t) => {
  const host = simulatedHost({
    beforeRemoval: () => {
      throw refusal('stuck', 'EPERM')
    },
    nft: { present: [nftRule(1, 'dead'), registered(3, attachmentMark('mynet', 'dead'))] },
  })
  add(host, 'dead')
  t.throws(() => gc(host), { message: /^could not collect ipv4 dnat: stuck/ })
  t.strictSame(host.present, [])
})

t.test('an iptables that cannot be asked has nothing to collect', async (t) => {
  t.doesNotThrow(() => gc(simulatedHost({ chainsAreKnown: false, unusable: 'broken' })))
})
