import t from 'tap'
import type { Flow, FlowFilter } from '#kernel/conntrack/messages.ts'
import type { Conntrack } from '#kernel/conntrack/open.ts'
import { forgetStaleFlows } from './flows.ts'

const flow = (destination: string, destinationPort: number, answering: Flow['answering']): Flow => ({
  family: destination.includes(':') ? 6 : 4,
  protocol: 17,
  source: '192.0.2.1',
  sourcePort: 40_000,
  destination,
  destinationPort,
  id: 1,
  ...(answering === undefined ? {} : { answering }),
})

/** A connection table with these flows, whatever is asked of it; what was asked, and what was removed from it. */
const tableOf = (...flows: Flow[]) => {
  const [asked, removed]: [FlowFilter[], Flow[]] = [[], []]
  const conntrack: Conntrack = {
    flows: (filter, keep = () => true) => {
      asked.push(filter)
      return flows.filter(({ family }) => family === filter.family).filter(keep)
    },
    remove: (stale) => void removed.push(...stale),
  }
  return { conntrack, asked, removed }
}

const HERE = { address: '10.20.0.5', port: 5353 }
const GONE = { address: '10.20.1.6', port: 5353 }

t.test('flows to the port that a removed endpoint answers are forgotten, those of others are kept', async (t) => {
  const stale = flow('10.96.0.10', 53, GONE)
  const { conntrack, asked, removed } = tableOf(
    flow('10.96.0.10', 53, HERE),
    stale,
    flow('10.96.0.11', 53, GONE),
    flow('10.96.0.10', 54, GONE),
    flow('10.96.0.10', 53, undefined),
  )
  forgetStaleFlows(conntrack, [{ address: '10.96.0.10', port: 53, endpoints: [HERE] }])
  t.strictSame(removed, [stale])
  t.strictSame(asked, [{ family: 4, protocol: 'udp', destinationPort: 53 }], 'the kernel picks the port')
})

t.test('an endpoint at another port than its flow’s is none of the endpoints', async (t) => {
  const stale = flow('10.96.0.10', 53, { ...HERE, port: 53 })
  const { conntrack, removed } = tableOf(stale)
  forgetStaleFlows(conntrack, [{ address: '10.96.0.10', port: 53, endpoints: [HERE] }])
  t.strictSame(removed, [stale])
})

t.test('without endpoints all flows to the port are forgotten', async (t) => {
  const flows = [flow('10.96.0.10', 53, GONE), flow('10.96.0.10', 53, { address: '10.96.0.10', port: 53 })]
  const { conntrack, removed } = tableOf(...flows)
  forgetStaleFlows(conntrack, [{ address: '10.96.0.10', port: 53, endpoints: [] }])
  t.strictSame(removed, flows)
})

t.test('many ports are one look for each family', async (t) => {
  const stale = [
    flow('10.96.0.10', 53, GONE),
    flow('192.0.2.1', 30_053, GONE),
    flow('fd00:96::a', 53, { address: 'fd00:20::6', port: 5353 }),
  ]
  const { conntrack, asked, removed } = tableOf(...stale)
  forgetStaleFlows(conntrack, [
    { address: '10.96.0.10', port: 53, endpoints: [HERE] },
    { address: '192.0.2.1', port: 30_053, endpoints: [HERE] },
    { address: 'fd00:96::a', port: 53, endpoints: [] },
  ])
  t.strictSame(removed, stale)
  t.strictSame(asked, [
    { family: 4, protocol: 'udp' },
    { family: 6, protocol: 'udp', destinationPort: 53 },
  ])
})
