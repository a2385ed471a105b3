/** The nodes of the acceptance tests: dual stack, on a flannel overlay, each with files of its own, the conflist of the seed, and a proxy. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCidr } from '#net/cidr.ts'
import { completeConflist } from '../../../../conflist/complete.ts'
import type { RunningApiServer } from '../../../api-server/start.ts'
import { BIN } from '../../../cni/plugin.ts'
import { untilProxyReady } from '../../../proxy/until-ready.ts'
import { type Actor, startActor } from '../../../rig/actor.ts'
import type { Conflist } from '../../../rig/container-runtime.ts'
import { addFlannel, type FlannelNode, OVERLAY_MTU } from '../../../rig/flannel.ts'
import { addFlannelMasquerade } from '../../../rig/flannel-masquerade.ts'
import { type Machine, makeMachine } from '../../../rig/machine.ts'
import type { Owner } from '../../../rig/owner.ts'
import { type RunningProcess, startProcess } from '../../../rig/process.ts'
import type { Underlay } from '../../../rig/underlay.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const MANIFEST = join(ROOT, 'examples/seed/kube-router.original.yaml')
const COMMAND = join(ROOT, 'dist/selvedge/selvedge.js')

export const CLUSTER_CIDR6 = 'fd00:10:20::/48'

export interface SceneNode extends FlannelNode {
  readonly podCidr6: string
  readonly gateway6: string
  /** Where its pods are plugged in. */
  readonly machine: Machine
  readonly conflist: Conflist
  /** Whoever uses the node's own network: the node itself, and pods with hostNetwork. */
  readonly agent: Actor
}

/** Nodes on the overlay (IPv4 by vxlan, IPv6 by routes, as flannel's host-gw has them), without pods and proxy. */
export const makeNodes = (owner: Owner, underlay: Underlay): SceneNode[] => {
  const nodes = addFlannel(underlay)
  const manifest = readFileSync(MANIFEST, 'utf8')
  for (const [index, { namespace }] of nodes.entries()) {
    for (const [other, { address6 }] of nodes.entries()) if (other !== index) namespace.ip(`route add ${podCidr6(other)} via ${address6}`)
  }
  return nodes.map((node, index) => {
    addFlannelMasquerade(node)
    const machine = makeMachine(owner, node.namespace)
    linkExecutables(machine)
    return {
      ...node,
      podCidr6: podCidr6(index),
      gateway6: podCidr6(index).replace('/64', '1'),
      machine,
      conflist: conflistOf(manifest, [node.podCidr, podCidr6(index)]),
      agent: startActor(owner, node.namespace, node.name),
    }
  })
}

/** Linked and not copied: 110 MB take an emulated machine long. */
const linkExecutables = (machine: Machine): void => {
  const { exitCode, stderr } = machine.run(['ln', '--symbolic', BIN, '/opt/cni/bin'])
  if (exitCode !== 0) throw new Error(`the executables are not in their place: ${stderr}`)
}

const podCidr6 = (index: number): string => `fd00:10:20:${index}::/64`

/** The seed's conflist as `selvedge install` completes it. Cut out: a library of YAML takes an emulated machine seconds to load. */
const conflistOf = (manifest: string, podCidrs: readonly string[]): Conflist => {
  const networks = podCidrs.map(parseCidr).filter((cidr) => cidr !== undefined)
  const [, fileName = '', text = ''] = /^ +(\S+\.conflist): \|\n((?: {4}.*\n)+)/m.exec(manifest) ?? []
  const seed = { fileName, source: MANIFEST, value: JSON.parse(text) }
  const { value } = completeConflist(seed, { podCidrs: networks, mtu: OVERLAY_MTU })
  return value as unknown as Conflist
}

/** The Node object. */
export const nodeObject = (node: SceneNode, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: node.name, labels },
  spec: { podCIDR: node.podCidr, podCIDRs: [node.podCidr, node.podCidr6] },
  status: { addresses: [node.address, node.address6].map((address) => ({ type: 'InternalIP', address })) },
})

/** Starts `selvedge proxy` and waits until it is ready; twice as long as an emulated machine takes when it has two other things to do. */
export const startProxy = async (
  owner: Owner,
  asked: { node: SceneNode; api: RunningApiServer; flags: readonly string[] },
): Promise<RunningProcess> => {
  const { node, api, flags } = asked
  const words = [process.execPath, COMMAND, 'proxy', `--kubeconfig=${api.kubeconfig}`, `--hostname-override=${node.name}`, ...flags]
  const [program, ...parameters] = words as [string, ...string[]]
  const proxy = await startProcess(owner, node.namespace.command(program, ...parameters), { ready: /started/, timeout: 120 })
  await untilProxyReady(node, proxy, { seconds: 60 })
  return proxy
}
