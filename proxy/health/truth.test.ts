import t from 'tap'
import type { Status } from '../services/contract.ts'
import { truthOf } from './truth.ts'

const fine: Status = { ready: true, pendingSince: undefined, failures: new Map(), auditFailure: undefined, items: 5 }
const NOW = 1_000_000
const STAYS = { deleting: false, taintedForDeletion: false }

const truth = (status: Partial<Status>, { synced = true, auditPeriod = 300_000, node = STAYS } = {}) => {
  const { lastUpdated, now, eligible, ...verdict } = truthOf({
    status: { ...fine, ...status },
    synced,
    node,
    now: NOW,
    date: NOW,
    auditPeriod,
  })
  return verdict
}
const eligibility = (node: typeof STAYS | undefined) => {
  const { healthy, ready, eligible, reasons } = truthOf({ status: fine, synced: true, node, now: NOW, date: NOW, auditPeriod: 300_000 })
  return { healthy, ready, eligible, reasons }
}

t.test('a proxy with nothing to do is healthy and ready', async (t) => {
  t.same(truth({}), { healthy: true, ready: true, reasons: [] })
})

t.test('before the cluster is listed it is alive and not ready', async (t) => {
  t.same(truth({ ready: false }, { synced: false }), { healthy: true, ready: false, reasons: ['the cluster is not listed yet'] })
})

t.test('what keeps the cluster from being listed is told', async (t) => {
  const troubles = ['services: connect ECONNREFUSED 192.0.2.1:6443', 'nodes: 403 Forbidden']
  const { reasons } = truthOf({
    status: { ...fine, ready: false },
    synced: false,
    troubles,
    node: undefined,
    now: NOW,
    date: NOW,
    auditPeriod: 300_000,
  })
  t.strictSame(reasons, ['the cluster is not listed yet; services: connect ECONNREFUSED 192.0.2.1:6443; nodes: 403 Forbidden'])
})

t.test('a failing Service makes it not ready, by name, and a restart would not help', async (t) => {
  const failures = new Map([['a/b', new Error('add server: operation not permitted')]])
  t.same(truth({ failures, pendingSince: 999_000 }), { healthy: true, ready: false, reasons: ['a/b: add server: operation not permitted'] })
})

t.test('a change that waits longer than two audit periods makes it unhealthy', async (t) => {
  t.equal(truth({ pendingSince: 1_000_000 - 600_000 }).healthy, true)
  t.same(truth({ pendingSince: 1_000_000 - 600_001 }), { healthy: false, ready: true, reasons: ['changes have been waiting for 600 s'] })
})

t.test('without its Node it waits, is alive for as long as that takes, and says what it waits for', async (t) => {
  const { healthy, ready, reasons } = truthOf({
    status: { ...fine, ready: false, pendingSince: NOW - 900_000 },
    synced: true,
    node: undefined,
    now: NOW,
    date: NOW,
    auditPeriod: 300_000,
  })
  t.same(
    { healthy, ready, reasons },
    { healthy: true, ready: false, reasons: ['there is no Node object of this name (--hostname-override, NODE_NAME)'] },
  )
})

t.test('a short audit period leaves a minute all the same', async (t) => {
  t.equal(truth({ pendingSince: 1_000_000 - 59_000 }, { auditPeriod: 5_000 }).healthy, true)
  t.equal(truth({ pendingSince: 1_000_000 - 61_000 }, { auditPeriod: 5_000 }).healthy, false)
})

t.test('of many failing Services three are named', async (t) => {
  const failures = new Map(['a/1', 'a/2', 'a/3', 'a/4', 'a/5'].map((key) => [key, new Error('no')] as const))
  t.same(truth({ failures }).reasons, ['a/1: no', 'a/2: no', 'a/3: no', 'and 2 Services more'])
})

t.test('a Node that is about to go is not eligible, which makes the proxy neither unhealthy nor unready', async (t) => {
  const alive = { healthy: true, ready: true }
  t.same(eligibility(undefined), { ...alive, eligible: true, reasons: [] }, 'until the Node was seen')
  t.same(eligibility(STAYS), { ...alive, eligible: true, reasons: [] })
  t.same(eligibility({ ...STAYS, deleting: true }), { ...alive, eligible: false, reasons: ['the Node is being deleted'] })
  t.same(eligibility({ ...STAYS, taintedForDeletion: true }), {
    ...alive,
    eligible: false,
    reasons: ['the Node has the taint ToBeDeletedByClusterAutoscaler'],
  })
})

t.test('what was up to date last is now, or when the first change began to wait, as the machine’s clock has it', async (t) => {
  const at = (pendingSince: number | undefined) => {
    const date = 1_700_000_000_000
    const { lastUpdated, now } = truthOf({
      status: { ...fine, pendingSince },
      synced: true,
      node: STAYS,
      now: NOW,
      date,
      auditPeriod: 300_000,
    })
    return { lastUpdated, now }
  }
  t.same(at(undefined), { lastUpdated: 1_700_000_000_000, now: 1_700_000_000_000 })
  t.same(at(999_000), { lastUpdated: 1_699_999_999_000, now: 1_700_000_000_000 })
})
