import { hostname } from 'node:os'
import t from 'tap'
import { startProcess } from '../../rig/process.ts'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { startContainerd } from './containerd.ts'
import { openCri, sandboxes } from './cri.ts'
import { makeRuntimeNode, NODE_ADDRESS } from './node.ts'
import { SERVE_HOSTNAME } from './rootfs.ts'
import { makeSandboxImage } from './sandbox-image.ts'
import { upAndDown } from './up-and-down.ts'

t.before(buildExecutables)

const NEEDS = requires('root', 'containerd', 'ctr', 'runc', 'busybox', 'iptables', 'curl', 'tar')

t.test('containerd runs pods on the seed’s network, and nothing of them stays', NEEDS, async (t) => {
  const node = makeRuntimeNode(t)
  const containerd = await startContainerd(t, node)

  await t.test('ctr run --cni: the container has an address until it ends', async (t) => {
    const words = ['ctr', '--address', containerd.socket, 'run', '--rm', '--cni', '--cgroup', node.cgroup, '--rootfs', node.rootfs, 'one']
    const running = await startProcess(t, node.machine.command(...(words as ['ctr']), ...SERVE_HOSTNAME))
    t.equal(await node.hostnameAt('10.20.5.2'), hostname(), 'reachable')
    t.same(node.leases(), ['10.20.5.2'], 'one address')
    await containerd.ctr('tasks', 'kill', '--signal', 'SIGKILL', 'one')
    await running.ended
    t.same(node.leftovers(), [], 'nothing is left')
  })

  await containerd.importImage(makeSandboxImage(node))
  const cri = openCri(t, containerd.socket)

  await t.test('as a kubelet asks: address, loopback and host port, until the sandbox is stopped', async (t) => {
    const sandbox = await cri.run({ name: 'web', hostPort: 8088, cgroup: node.cgroup })
    t.match(sandbox.address, /^10\.20\.5\.\d+$/, 'which containerd knows')
    t.same(node.leases(), [sandbox.address], 'one address')
    t.equal(await node.hostnameAt(NODE_ADDRESS, 8088), 'web', 'reachable')
    const loopback = node.run('sh', '-c', 'nsenter --net=$(echo /run/netns/*) ip -json link show lo')
    t.match(JSON.parse(loopback), [{ flags: ['LOOPBACK', 'UP'] }], 'the loopback plugin ran beside')
    await cri.remove(sandbox.id)
    t.notOk(node.answers(NODE_ADDRESS, 8088), 'not any more')
    t.same(node.leftovers(), [], 'nothing is left')
  })

  await t.test('ten pods come and go', async (t) => {
    await upAndDown(t, { node, pods: 10, ...sandboxes(cri, node.cgroup) })
  })
})
