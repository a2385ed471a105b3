/** The demo's cluster: two nodes on a flannel-like overlay, each with files of its own, a router, a client outside, an API server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type RunningApiServer, startApiServer } from '../../test-netns/api-server/start.ts'
import { node as nodeObject } from '../../test-netns/proxy/cluster-objects.ts'
import { addFlannel, CLUSTER_CIDR, type FlannelNode } from '../../test-netns/rig/flannel.ts'
import { addFlannelMasquerade } from '../../test-netns/rig/flannel-masquerade.ts'
import { type Machine, makeMachine } from '../../test-netns/rig/machine.ts'
import type { NetNamespace } from '../../test-netns/rig/namespace.ts'
import type { Owner } from '../../test-netns/rig/owner.ts'
import { makeUnderlay } from '../../test-netns/rig/underlay.ts'
import { check, DemoFailure, say, show } from './screen.ts'

export interface DemoNode extends FlannelNode {
  readonly machine: Machine
}

export interface DemoCluster {
  readonly nodes: readonly [DemoNode, DemoNode]
  readonly client: NetNamespace
  readonly api: RunningApiServer
}

export const ROOT = join(import.meta.dirname, '../..')
export const COMMAND = join(ROOT, 'dist/selvedge/selvedge.js')

/** Where the seed's arguments expect it. */
const KUBECONFIG = '/var/lib/kube-router/kubeconfig'
const SERVICE_CIDR = '10.96.0.0/12'

export const makeCluster = async (owner: Owner): Promise<DemoCluster> => {
  const underlay = makeUnderlay(owner)
  // It starts while the nodes are made: an emulated machine has two processors.
  const starting = startApiServer(owner, { namespace: underlay.router.name, address: '192.168.50.1' })
  const [first, second] = addFlannel(underlay).map((node) => {
    addFlannelMasquerade(node)
    const machine = makeMachine(owner, node.namespace)
    machine.writeFile('/run/flannel/subnet.env', node.subnetEnv)
    say(`${node.name}: ${node.address}, pods ${node.podCidr} of ${CLUSTER_CIDR}, flannel.1 (vxlan, VNI 1, MTU 1450)`)
    return { ...node, machine }
  })
  if (first === undefined || second === undefined) throw new DemoFailure('the underlay has fewer than two nodes')
  underlay.routeTo(SERVICE_CIDR, first)
  const api = await starting
  say(`API server for tests: ${api.url}, with a CA and client certificates of its own`)
  for (const node of [first, second]) {
    await api.client.create(nodeObject(node.name, node.address, node.podCidr))
    node.machine.writeFile(KUBECONFIG, readFileSync(api.kubeconfig, 'utf8'))
  }
  return { nodes: [first, second], client: underlay.client, api }
}

/** `selvedge install` on a node; returns the conflist as it stands there. */
export const install = async (node: DemoNode, manifest: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await node.machine.start([process.execPath, COMMAND, 'install', `--conflist=${manifest}`])
  if (exitCode !== 0) throw new DemoFailure(`selvedge install on ${node.name} ended with ${exitCode}: ${stderr}`)
  show(stdout)
  const conflist = node.machine.run(['cat', '/etc/cni/net.d/10-kuberouter.conflist']).stdout
  const bridge = JSON.parse(conflist).plugins[0]
  check(`${node.name}: the conflist has the node’s pod network and the overlay’s MTU`, bridge.ipam.ranges[0][0].subnet === node.podCidr, {
    ranges: bridge.ipam.ranges,
    mtu: bridge.mtu,
  })
  return conflist
}
