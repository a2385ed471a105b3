import t from 'tap'
import type { ServerTraffic } from '#kernel/ipvs/traffic.ts'
import { createLedger } from '../services/ledger.ts'
import { createTrafficSource } from './traffic-source.ts'

const scene = () => {
  const ledger = createLedger()
  const id = { protocol: 'tcp', address: '10.96.0.1', port: 80 } as const
  ledger.put({ kind: 'server', server: { ...id, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 } }, ['shop/web'])
  const state = { now: 0, reads: 0, turns: 0, broken: false }
  const told: unknown[] = []
  const read = (): ServerTraffic[] => {
    state.reads += 1
    if (state.broken) throw new Error('no memory')
    return [{ server: 'tcp 10.96.0.1:80', counters: Float64Array.from([state.reads]) }]
  }
  const source = createTrafficSource({
    read,
    ledger,
    limit: 10,
    now: () => state.now,
    turn: async () => void state.turns++,
    metrics: { observeTraffic: (facts) => told.push(facts), countTrafficFailure: () => told.push('failure') },
    onFailed: (error) => told.push(String(error)),
  })
  const connections = async (): Promise<string | undefined> => /total_connections\{.*\} (\d+)/.exec(await source())?.[1]
  return { state, told, connections }
}

t.test('scrapers within two seconds share one dump', async (t) => {
  const { state, connections, told } = scene()
  t.same(await Promise.all([connections(), connections(), connections()]), ['1', '1', '1'])
  state.now = 1_999
  t.equal(await connections(), '1')
  state.now = 2_000
  t.equal(await connections(), '2')
  t.equal(state.reads, 2)
  t.same(told[0], { virtualServers: 1, leftOut: 0, seconds: 0 })
})

t.test('others have a turn after every metric', async (t) => {
  const { state, connections } = scene()
  await connections()
  t.equal(state.turns, 10)
})

t.test('without the kernel a scrape has no traffic, and says so', async (t) => {
  const { state, connections, told } = scene()
  state.broken = true
  t.equal(await connections(), undefined)
  t.same(told, ['failure', 'Error: no memory'])
  state.broken = false
  state.now = 2_000
  t.equal(await connections(), '2')
})
