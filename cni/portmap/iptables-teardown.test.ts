import t from 'tap'
import { BUILT_IN, programs, SHARED, setUp, tearDown, usedHost } from './testing/attachments.ts'
import { mapping } from './testing/call.ts'
import { simulatedIptables } from './testing/simulated-iptables.ts'

t.test('[portmap 23] removing what is not there is no process, or one listing', async (t) => {
  const known = usedHost()
  tearDown(known)
  t.strictSame(programs(known), [])
  const unknown = usedHost({ chainsAreKnown: false })
  tearDown(unknown)
  t.strictSame(programs(unknown), ['iptables-save'])
})

t.test('an attachment removed by somebody else meanwhile is no failure', async (t) => {
  const iptables = simulatedIptables({
    beforeRemoval: (removal, simulated) => {
      if (removal === 1) tearDown(simulated)
    },
  })
  setUp(iptables)
  tearDown(iptables)
  t.strictSame(iptables.rules(4).toSorted(), [...SHARED, ...BUILT_IN].toSorted())
})

for (const chainsAreKnown of [true, false]) {
  const how = chainsAreKnown ? 'netlink' : 'a listing'

  t.test(`what the config does not tell is found, by ${how}`, async (t) => {
    const iptables = usedHost({ chainsAreKnown })
    const before = iptables.rules(4)
    for (const fields of [{}, { runtimeConfig: { portMappings: [mapping(9090, 80)] } }, { runtimeConfig: {} }]) {
      setUp(iptables, { runtimeConfig: { portMappings: [mapping(8080, 80), mapping(5353, 53, 'udp')] } })
      tearDown(iptables, fields)
      t.strictSame(iptables.rules(4), before)
    }
  })

  t.test(
    `a container’s rules under an old name of its network are found by its address, by ${how}; the reference leaks them`,
    async (t) => {
      const iptables = usedHost({ chainsAreKnown })
      const before = iptables.rules(4)
      setUp(iptables, {}, 'cid1', 'oldnet')
      tearDown(iptables, { prevResult: undefined }, 'cid1', 'newnet')
      t.notSame(iptables.rules(4), before, 'without an address it could be another network’s')
      tearDown(iptables, { prevResult: { ips: [{ address: '10.99.0.2/24' }] } }, 'cid1', 'newnet')
      t.notSame(iptables.rules(4), before, 'another address is another attachment')
      tearDown(iptables, {}, 'cid', 'newnet')
      t.notSame(iptables.rules(4), before, 'another container')
      tearDown(iptables, {}, 'cid1', 'newnet')
      t.strictSame(iptables.rules(4), before)
    },
  )
}

t.test('what ADD refuses never reaches a script of DEL', async (t) => {
  const iptables = usedHost({ chainsAreKnown: false })
  const before = iptables.rules(4)
  setUp(iptables)
  tearDown(iptables, { runtimeConfig: { portMappings: [mapping(8080, 80, 'tcp\n-F CNI-HOSTPORT-DNAT')] } })
  t.strictSame(iptables.rules(4), before)
  t.notOk(iptables.ran.some(({ script }) => script?.includes('-F CNI-HOSTPORT-DNAT')))
})

t.test('a chain that nothing leads to any more is removed', async (t) => {
  const iptables = simulatedIptables()
  setUp(iptables)
  iptables.disturb(4, '-F PREROUTING\n-F OUTPUT\n-F CNI-HOSTPORT-DNAT\n-X CNI-HOSTPORT-DNAT')
  tearDown(iptables)
  t.notMatch(iptables.rules(4).join('\n'), 'CNI-DN-')
})
