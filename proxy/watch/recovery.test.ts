import t from 'tap'
import { Failure, type Reason } from './failure.ts'
import { RecoveryPlanner } from './recovery.ts'
import { TIMING } from './timing.ts'

const planner = () => new RecoveryPlanner({ random: () => 1 }, TIMING)
const failure = (reason: Reason, retryAfter = 0) => new Failure(reason, reason, { retryAfter })
const resumed = { lived: 0, streamingList: false }
const listing = { lived: 0, streamingList: true }

t.test('a watch that the server ends is begun again at once', async (t) => {
  t.strictSame(planner().plan(failure('ended'), { ...resumed, lived: 300_000 }), {
    delay: 0,
    relist: false,
    reload: false,
    listInPages: false,
  })
})

t.test('a server that ends every watch at once is not asked in a loop', async (t) => {
  const { plan, answered } = bound(planner())
  const delays = [1, 2, 3, 4].map(() => {
    answered()
    return plan(failure('ended'), { ...resumed, lived: 50 }).delay
  })
  t.strictSame(delays, [200, 400, 800, 1600])
})

t.test('the wait for an answer grows until there is one', async (t) => {
  const { plan, answered } = bound(planner())
  t.strictSame(
    [1, 2, 3].map(() => plan(failure('network'), resumed).delay),
    [200, 400, 800],
  )
  answered()
  t.equal(plan(failure('network'), resumed).delay, 200)
})

t.test('answers that lead nowhere make the wait grow, until a watch lasts', async (t) => {
  const { plan, answered } = bound(planner())
  const delays = (['expired', 'garbage', 'expired', 'internal'] as const).map((reason) => {
    answered()
    return plan(failure(reason), { ...resumed, lived: 20 }).delay
  })
  t.strictSame(delays, [200, 400, 800, 1600])
  t.equal(plan(failure('expired'), { ...resumed, lived: 10_000 }).delay, 200)
})

t.test('what the server asks for is waited for, and then the usual', async (t) => {
  t.equal(planner().plan(failure('throttled', 3000), resumed).delay, 3200)
})

t.test('a server that refuses streaming lists, or leaves one unfinished, is asked for pages at once', async (t) => {
  for (const reason of ['invalid', 'silent'] as const) {
    t.match(planner().plan(failure(reason), listing), { delay: 0, listInPages: true }, reason)
    t.match(planner().plan(failure(reason), resumed), { delay: 200, listInPages: false }, `${reason} in a resumed watch`)
  }
  t.match(planner().plan(failure('network'), listing), { listInPages: false })
})

t.test('a version from which a server fails again and again is given up', async (t) => {
  const { plan } = bound(planner())
  t.strictSame(
    [1, 2, 3, 4, 5].map(() => plan(failure('server'), resumed).relist),
    [false, false, false, false, true],
  )
})

const bound = (of: RecoveryPlanner) => ({ plan: of.plan.bind(of), answered: () => of.answered() })
