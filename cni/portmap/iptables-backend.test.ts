import t from 'tap'
import { type FamilyForwards, forwardsByFamily } from './forwards.ts'
import { setUpIptables, tearDownIptables } from './iptables-backend.ts'
import { mapping, testConfig } from './testing/call.ts'
import { refusal, type SimulatedIptables, type SimulatedIptablesOptions, simulatedIptables } from './testing/simulated-iptables.ts'

const partOf = (iptables: SimulatedIptables, fields: object = {}, containerId = 'cid1') => {
  const config = testConfig(fields, { containerId })
  const [forwards] = forwardsByFamily(config)
  return { part: { iptables, config, family: 4 } as const, forwards: forwards as FamilyForwards }
}

const setUp = (iptables: SimulatedIptables, fields?: object, containerId?: string): void => {
  const { part, forwards } = partOf(iptables, fields, containerId)
  setUpIptables(part, forwards)
}

const tearDown = (iptables: SimulatedIptables, fields?: object, containerId?: string): void =>
  tearDownIptables(partOf(iptables, fields, containerId).part)

const programs = ({ ran }: SimulatedIptables): string[] => ran.map(({ program }) => program)

/** A host on which other attachments were mapped before, with nothing counted yet. */
const usedHost = (options?: SimulatedIptablesOptions): SimulatedIptables => {
  const iptables = simulatedIptables(options)
  setUp(iptables, {}, 'other')
  iptables.ran.splice(0)
  return iptables
}

const SHARED = [
  ':CNI-HOSTPORT-DNAT',
  ':CNI-HOSTPORT-MASQ',
  ':CNI-HOSTPORT-SETMARK',
  '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
  '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
  '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
]
const BUILT_IN = [':INPUT', ':OUTPUT', ':POSTROUTING', ':PREROUTING']

t.test('where netlink tells which chains are there, a change is one process: on a fresh host, on one in use, and removing', async (t) => {
  const iptables = simulatedIptables()
  setUp(iptables, {}, 'cid1')
  setUp(iptables, {}, 'cid2')
  t.strictSame(programs(iptables), ['iptables-restore', 'iptables-restore'])
  tearDown(iptables, {}, 'cid1')
  tearDown(iptables, {}, 'cid2')
  t.strictSame(programs(iptables), Array(4).fill('iptables-restore'))
  t.strictSame(iptables.rules(4).toSorted(), [...SHARED, ...BUILT_IN].toSorted(), 'what all share stays, once')
})

t.test('where only a listing can tell, a change is two processes', async (t) => {
  const iptables = usedHost({ chainsAreKnown: false })
  setUp(iptables)
  tearDown(iptables)
  t.strictSame(programs(iptables), ['iptables-save', 'iptables-restore', 'iptables-save', 'iptables-restore'])
})

t.test('[portmap 23] removing what is not there is no process, or one listing', async (t) => {
  const known = usedHost()
  tearDown(known)
  t.strictSame(programs(known), [])
  const unknown = usedHost({ chainsAreKnown: false })
  tearDown(unknown)
  t.strictSame(programs(unknown), ['iptables-save'])
})

t.test('[portmap 22] making an attachment twice leaves it as making it once', async (t) => {
  const iptables = usedHost()
  setUp(iptables)
  const once = iptables.rules(4)
  setUp(iptables)
  t.strictSame(iptables.rules(4), once)
})

t.test('a shared chain whose rules were wiped is repaired', async (t) => {
  const iptables = usedHost()
  const before = iptables.rules(4)
  iptables.disturb(4, '-F OUTPUT\n-F CNI-HOSTPORT-SETMARK')
  setUp(iptables)
  t.strictSame(programs(iptables), ['iptables-restore', 'iptables-save', 'iptables-restore'])
  tearDown(iptables)
  t.strictSame(iptables.rules(4), before)
})

t.test('two attachments that make the shared chains at the same time make them once', async (t) => {
  const iptables = simulatedIptables({
    before: (run, simulated) => {
      if (run === 1) setUp(simulated, {}, 'faster')
    },
  })
  setUp(iptables)
  tearDown(iptables, {}, 'faster')
  tearDown(iptables)
  t.strictSame(iptables.rules(4).toSorted(), [...SHARED, ...BUILT_IN].toSorted())
})

t.test('an attachment removed by somebody else meanwhile is no failure', async (t) => {
  const iptables = simulatedIptables({
    before: (run, simulated) => {
      if (run === 2) tearDown(simulated)
    },
  })
  setUp(iptables)
  tearDown(iptables)
  t.strictSame(iptables.rules(4).toSorted(), [...SHARED, ...BUILT_IN].toSorted())
})

t.test('entries that the config does not tell are found by listing', async (t) => {
  const iptables = usedHost()
  const before = iptables.rules(4)
  for (const fields of [{}, { runtimeConfig: { portMappings: [mapping(9090, 80)] } }, { runtimeConfig: {} }]) {
    setUp(iptables, { runtimeConfig: { portMappings: [mapping(8080, 80), mapping(5353, 53, 'udp')] } })
    tearDown(iptables, fields)
    t.strictSame(iptables.rules(4), before)
  }
})

t.test('what ADD refuses never reaches a script of DEL', async (t) => {
  const iptables = usedHost()
  const before = iptables.rules(4)
  setUp(iptables)
  tearDown(iptables, { runtimeConfig: { portMappings: [mapping(8080, 80, 'tcp\n-F CNI-HOSTPORT-DNAT')] } })
  t.strictSame(iptables.rules(4), before)
  t.notOk(iptables.ran.some(({ script }) => script?.includes('-F CNI-HOSTPORT-DNAT')))
})

t.test('a failure that would come again is told after one listing', async (t) => {
  let refusing = false
  const iptables = usedHost({
    before: () => {
      if (refusing) throw refusal('no such match')
    },
  })
  refusing = true
  t.throws(() => setUp(iptables), { message: 'no such match' })
  t.strictSame(programs(iptables), ['iptables-restore', 'iptables-save'])
})

t.test('a busy kernel is asked again, but not for ever', async (t) => {
  let refusals = 3
  const busy = (): void => {
    if (refusals-- > 0) throw refusal('Resource temporarily unavailable', 'EAGAIN')
  }
  setUp(simulatedIptables({ before: busy }))
  t.equal(refusals, -1)
  refusals = 1000
  const iptables = simulatedIptables({ before: busy })
  t.throws(() => setUp(iptables), { code: 'EAGAIN' })
  t.equal(programs(iptables).filter((program) => program === 'iptables-restore').length, 20)
})

t.test('a program that is missing or hangs is not asked again', async (t) => {
  const iptables = simulatedIptables({
    before: () => {
      throw refusal('iptables-restore is not installed', 'ENOENT')
    },
  })
  t.throws(() => setUp(iptables), { code: 'ENOENT' })
  t.strictSame(programs(iptables), ['iptables-restore'])
})
