/** A hundred pods come and go, by each runtime. */
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { buildExecutables } from '../plugin.ts'
import { startContainerd } from './containerd.ts'
import { openCri, sandboxes } from './cri.ts'
import { makeRuntimeNode } from './node.ts'
import { makePodman } from './podman.ts'
import { makeSandboxImage } from './sandbox-image.ts'
import { upAndDown } from './up-and-down.ts'

t.before(buildExecutables)

t.test('podman', requires('root', 'podman', 'runc', 'busybox', 'iptables', 'curl'), async (t) => {
  const node = makeRuntimeNode(t)
  await upAndDown(t, { node, pods: 100, ...makePodman(t, node) })
})

t.test('containerd, as a kubelet asks', requires('root', 'containerd', 'ctr', 'runc', 'busybox', 'iptables', 'curl', 'tar'), async (t) => {
  const node = makeRuntimeNode(t)
  const containerd = await startContainerd(t, node)
  await containerd.importImage(makeSandboxImage(node))
  await upAndDown(t, { node, pods: 100, ...sandboxes(openCri(t, containerd.socket), node.cgroup) })
})
