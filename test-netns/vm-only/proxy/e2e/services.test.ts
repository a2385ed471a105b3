/**
 * The tests of Kubernetes' own end-to-end suites that concern a service proxy, under their own names, with real IPVS: two nodes, pods made by
 * our CNI chain, real traffic. The scene is made once; each module adds its tests. The names are in catalogue.ts.
 * `node services.test.ts labels types` runs some modules only.
 */
import t from 'tap'
import { requires } from '../../../rig/requires.ts'
import { affinity, forgotten, remember } from './affinity.ts'
import { basics, rejected, slices } from './basics.ts'
import { conntrack, strays } from './conntrack.ts'
import { disruptive } from './disruptive.ts'
import { dualStack } from './dual-stack.ts'
import { granular } from './granular.ts'
import { kernel } from './kernel.ts'
import { labels } from './labels.ts'
import { external, loadBalancers, localPolicy } from './load-balancers.ts'
import { nodePorts } from './node-ports.ts'
import { healthCheck, internalPolicy, terminating } from './policies.ts'
import { protocols } from './protocols.ts'
import { readiness } from './readiness.ts'
import { rolling } from './rolling.ts'
import { type Cases, makeScene } from './scene.ts'
import { sctp } from './sctp.ts'
import { topology } from './topology.ts'
import { types } from './types.ts'

/** Run side by side, in this order: each has Services of its own. The long ones come first. */
const TOGETHER = {
  ...{ granular, loadBalancers, kernel, basics, localPolicy, labels, affinity, conntrack, readiness, protocols, topology, types },
  ...{ nodePorts, dualStack, terminating, internalPolicy, rejected, healthCheck, slices, external },
}

/** One after the other: who looks at all packets, counts requests, ends programs, loads modules. */
const ALONE = { strays, rolling, forgotten, disruptive, sctp }

/** While one waits for a proxy others ask, and proxies take what comes together at once. */
const AT_ONCE = 3

// All on one cluster; an emulated machine takes its time.
t.setTimeout(850_000)

t.test('end to end', { ...requires('root', 'ipvs', 'nft', 'ipvsadm', 'perl', 'tcpdump'), timeout: 850_000 }, async (t) => {
  const words = process.argv.slice(2)
  const chosen = (parts: Readonly<Record<string, Cases>>) =>
    Object.entries(parts).filter(([name]) => words.length === 0 || words.includes(name))
  const scene = await makeScene(t)
  if (words.length === 0 || words.includes('forgotten')) await remember(t, scene)
  t.jobs = AT_ONCE
  await Promise.all(chosen(TOGETHER).map(([name, cases]) => t.test(name, { buffered: true }, (t) => cases(t, scene))))
  t.jobs = 1
  for (const [name, cases] of chosen(ALONE)) await t.test(name, (t) => cases(t, scene))
})
