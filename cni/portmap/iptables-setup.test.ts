import t from 'tap'
import { type FamilyForwards, forwardsByFamily } from './forwards.ts'
import { iptablesChange } from './iptables-setup.ts'
import { BUILT_IN, change, partOf, programs, SHARED, setUp, tearDown, usedHost } from './testing/attachments.ts'
import { previousResult, testConfig } from './testing/call.ts'
import { simulatedIptables } from './testing/simulated-iptables.ts'
import { refusal } from './testing/simulated-table.ts'

t.test('where netlink tells what is there, making is one process, on a fresh host and on one in use, and removing is none', async (t) => {
  const iptables = simulatedIptables()
  setUp(iptables, {}, 'cid1')
  setUp(iptables, {}, 'cid2')
  t.strictSame(programs(iptables), ['iptables-restore', 'iptables-restore'])
  tearDown(iptables, {}, 'cid1')
  tearDown(iptables, {}, 'cid2')
  t.equal(programs(iptables).length, 2)
  t.strictSame(iptables.rules(4).toSorted(), [...SHARED, ...BUILT_IN].toSorted(), 'what all share stays, once')
})

t.test('where only a listing can tell, a change is two processes', async (t) => {
  const iptables = usedHost({ chainsAreKnown: false })
  setUp(iptables)
  tearDown(iptables)
  t.strictSame(programs(iptables), ['iptables-save', 'iptables-restore', 'iptables-save', 'iptables-restore'])
})

t.test('[portmap 22] making an attachment twice leaves it as making it once', async (t) => {
  const iptables = usedHost()
  setUp(iptables)
  const once = iptables.rules(4)
  setUp(iptables)
  t.strictSame(iptables.rules(4), once)
})

t.test('the newest attachment’s entry stands first; the reference’s oldest keeps the port', async (t) => {
  const iptables = simulatedIptables()
  for (const containerId of ['old', 'new', 'old']) setUp(iptables, {}, containerId)
  const entries = iptables.rules(4).filter((rule) => rule.startsWith('-A CNI-HOSTPORT-DNAT'))
  t.match(entries, [/id: \\"old\\"/, /id: \\"new\\"/])
  t.equal(entries.length, 2)
})

t.test('a shared chain whose rules were wiped is repaired, and so is the guard of 127.0.0.0/8', async (t) => {
  const iptables = usedHost()
  const [before, guard] = [iptables.rules(4), iptables.rules(4, 'mangle')]
  iptables.disturb(4, '-F OUTPUT\n-F CNI-HOSTPORT-SETMARK')
  setUp(iptables)
  t.strictSame(programs(iptables), ['iptables-restore', 'iptables-save', 'iptables-restore'])
  tearDown(iptables)
  t.strictSame(iptables.rules(4), before)
  iptables.disturb(4, '*mangle\n-F PREROUTING\n')
  setUp(iptables)
  t.strictSame(iptables.rules(4, 'mangle'), guard)
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

t.test('what all attachments share is made alone, after another look; where it is there, nobody waits', async (t) => {
  const iptables = simulatedIptables()
  const config = testConfig({}, { containerId: 'slower' })
  const [forwards] = forwardsByFamily(config)
  const waits: string[] = []
  const make = (): void =>
    iptablesChange(partOf(iptables), { config, forwards: forwards as FamilyForwards }, (action) => {
      waits.push('waited')
      setUp(iptables, {}, 'faster')
      action()
    }).make()
  make()
  t.strictSame(programs(iptables), ['iptables-restore', 'iptables-restore'], 'the script is planned on what the other one made')
  make()
  t.strictSame(waits, ['waited'])
})

t.test('undoing takes the attachment’s rules and the shared ones that were made for it; the reference leaves them', async (t) => {
  const fresh = simulatedIptables()
  const before = [...fresh.rules(4), ...fresh.rules(4, 'mangle')]
  const first = change(fresh)
  first.make()
  first.undo()
  t.strictSame([...fresh.rules(4), ...fresh.rules(4, 'mangle')], before)
  const used = usedHost()
  const shared = used.rules(4)
  const second = change(used)
  second.make()
  second.undo()
  t.strictSame(used.rules(4), shared)
})

t.test('undoing leaves shared chains that somebody else uses by now', async (t) => {
  const iptables = simulatedIptables()
  const first = change(iptables)
  first.make()
  setUp(iptables, {}, 'other')
  first.undo()
  const other = usedHost()
  t.strictSame(iptables.rules(4), other.rules(4))
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

t.test('IPv6 has no guard', async (t) => {
  const iptables = simulatedIptables()
  const config = testConfig({ prevResult: previousResult(6) })
  const [forwards] = forwardsByFamily(config)
  iptablesChange({ ...partOf(iptables), family: 6 }, { config, forwards: forwards as FamilyForwards }, (action) => action()).make()
  t.strictSame(iptables.rules(6, 'mangle'), [':PREROUTING'])
})
