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
  const page = (url: string): string => node.client.attempt('curl', '--silent', '--max-time', '5', '--noproxy', '*', url).stdout

  await t.test('a host port is reachable from outside until its container is gone', async (t) => {
    await podman.start('web', 8088)
    t.same(node.leases(), ['10.20.5.2'])
    t.equal(podman.addressOf('web'), '10.20.5.2')
    t.equal(page(`http://${NODE_ADDRESS}:8088/`), 'web')
    await podman.remove('web')
    t.equal(page(`http://${NODE_ADDRESS}:8088/`), '')
    t.same(node.leftovers(), [])
  })

  await t.test('ten pods come and go', async (t) => {
    await upAndDown(t, { node, pods: 10, start: podman.start, remove: podman.remove })
  })
})
