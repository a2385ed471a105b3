import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { makeRuntimeNode, NODE_ADDRESS } from './node.ts'
import { makePodman } from './podman.ts'
import { upAndDown } from './up-and-down.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'podman', 'runc', 'busybox', 'iptables', 'curl')

t.test('podman runs containers on the seed’s network, and nothing of them stays', NEEDS, async (t) => {
  const node = makeRuntimeNode(t)
  const podman = makePodman(t, node)

  await t.test('a host port is reachable from outside until its container is gone', async (t) => {
    await podman.start('web', 8088)
    t.same(node.leases(), ['10.20.5.2'], 'one address')
    t.equal(podman.addressOf('web'), '10.20.5.2', 'which podman knows')
    t.equal(await node.hostnameAt(NODE_ADDRESS, 8088), 'web', 'reachable')
    await podman.remove('web')
    t.notOk(node.answers(NODE_ADDRESS, 8088), 'not any more')
    t.same(node.leftovers(), [], 'nothing is left')
  })

  await t.test('ten pods come and go', async (t) => {
    await upAndDown(t, { node, pods: 10, start: podman.start, remove: podman.remove })
  })
})
