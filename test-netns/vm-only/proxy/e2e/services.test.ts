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
import { makeScene } from './scene.ts'
import { sctp } from './sctp.ts'
import { topology } from './topology.ts'
import { types } from './types.ts'

/** In their order: what is asked of a memory first and last; those that load modules or end programs come last. */
const PARTS = {
  ...{
    remember,
    kernel,
    basics,
    slices,
    rejected,
    types,
    nodePorts,
    labels,
    affinity,
    readiness,
    internalPolicy,
    terminating,
    healthCheck,
  },
  ...{
    protocols,
    granular,
    dualStack,
    conntrack,
    strays,
    topology,
    external,
    loadBalancers,
    localPolicy,
    rolling,
    forgotten,
    disruptive,
    sctp,
  },
}

// All on one cluster; an emulated machine takes its time.
t.setTimeout(850_000)

t.test('end to end', { ...requires('root', 'ipvs', 'nft', 'ipvsadm', 'perl', 'tcpdump'), timeout: 850_000 }, async (t) => {
  const wanted = process.argv.slice(2)
  const scene = await makeScene(t)
  for (const [name, cases] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) await cases(t, scene)
})
