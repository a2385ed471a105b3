import t from 'tap'
import type { Flow } from '#kernel/conntrack/messages.ts'
import { meteredConntrack } from './metered-conntrack.ts'
import { createMetrics } from './metrics.ts'

t.test('looking for stale flows is timed from the look to the end, and what is forgotten is counted', async (t) => {
  let clock = 1_000
  const found = [{}, {}, {}] as unknown as Flow[]
  const told: unknown[] = []
  const conntrack = meteredConntrack(
    {
      flows: () => {
        clock += 20
        return found
      },
      remove: () => {
        clock += 5
      },
    },
    { observeFlows: (facts) => told.push(facts) },
    () => clock,
  )
  conntrack.remove(conntrack.flows({ family: 4, protocol: 'udp' }))
  t.same(told, [{ seconds: 0.025, deleted: 3 }])
})

t.test('both have kube-proxy’s names', async (t) => {
  const metrics = createMetrics({ version: '1', runtime: 'node', now: () => 0, ofProcess: false })
  metrics.observeFlows({ seconds: 0.02, deleted: 3 })
  const text = await metrics.render()
  t.match(text, '\nkubeproxy_conntrack_reconciler_sync_duration_seconds_count 1\n')
  t.match(text, '\nkubeproxy_conntrack_reconciler_deleted_entries_total 3\n')
})
