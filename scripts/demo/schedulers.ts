/** What `kubectl patch` of the scheduler does to the distribution of requests over pods. */
import { askMany } from '../../test-netns/rig/ask.ts'
import type { DemoCluster } from './nodes.ts'
import type { DemoPod } from './pods.ts'
import { untilServed } from './proxies.ts'
import { check, say } from './screen.ts'

const REQUESTS = 12
const ANNOTATION = 'kube-router.io/service.scheduler'

/** One client's requests go to every pod (round robin, least connections), or all to one (hashes of source or destination). */
const SPREADS: readonly (readonly [scheduler: string, spread: boolean])[] = [
  ['lc', true],
  ['sh', false],
  ['dh', false],
  ['rr', true],
]

export const patchSchedulers = async (
  cluster: DemoCluster,
  asked: { service: string; vip: string; pods: readonly DemoPod[] },
): Promise<void> => {
  const { nodes, client, api } = cluster
  const { service, vip, pods } = asked
  for (const [scheduler, spread] of SPREADS) {
    const patch = { metadata: { annotations: { [ANNOTATION]: scheduler } } }
    say(`kubectl patch svc ${service} -p '${JSON.stringify(patch)}'`)
    await api.client.patch({ apiVersion: 'v1', kind: 'Service', name: service }, patch)
    for (const node of nodes) await untilServed(node, { server: `${vip}:80`, scheduler, pods: pods.length })
    const answers = askMany(client, `http://${vip}/`, REQUESTS)
    const share = pods.map(({ name }) => `${name} ${String(answers[name] ?? 0).padStart(2)}`).join('   ')
    const answering = Object.keys(answers).length
    check(`${scheduler}: ${REQUESTS} requests of one client: ${share}`, spread ? answering === pods.length : answering === 1)
    if (scheduler === 'rr')
      check(
        'rr is exactly fair',
        pods.every(({ name }) => answers[name] === REQUESTS / pods.length),
      )
  }
}
