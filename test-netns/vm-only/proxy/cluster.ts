/** A cluster for the proxy's tests: nodes on a flannel-like overlay, pods that tell who asked, an API server, and `selvedge proxy` on a node. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { type RunningApiServer, startApiServer } from '../../api-server/start.ts'
import { node, readySlice } from '../../proxy/cluster-objects.ts'
import { untilProxyReady } from '../../proxy/until-ready.ts'
import { startEcho } from '../../rig/echo.ts'
import { addFlannel, type FlannelNode } from '../../rig/flannel.ts'
import { addFlannelMasquerade } from '../../rig/flannel-masquerade.ts'
import type { NetNamespace } from '../../rig/namespace.ts'
import { addPodBridge, makePod, type Pod } from '../../rig/pod.ts'
import { type RunningProcess, startProcess } from '../../rig/process.ts'
import { makeUnderlay } from '../../rig/underlay.ts'

export const SERVICE_CIDR = '10.96.0.0/16'
const POD_PORT = 8080

export interface TestCluster {
  readonly nodes: readonly FlannelNode[]
  /** Outside the cluster; its packets to Service addresses are routed to the first node. */
  readonly client: NetNamespace
  readonly api: RunningApiServer
  /** A pod that answers with its name on port 8080, TCP and UDP. */
  addPod(node: FlannelNode, number: number): Promise<Pod>
  /** Starts the proxy on a node and waits until it is ready. */
  startProxy(node: FlannelNode, ...flags: string[]): Promise<RunningProcess>
}

/** Two nodes with their Node objects; nothing runs on them yet. */
export const makeCluster = async (t: Test): Promise<TestCluster> => {
  const underlay = makeUnderlay(t)
  const nodes = addFlannel(underlay)
  for (const node of nodes) {
    addPodBridge(node)
    addFlannelMasquerade(node)
  }
  const [first] = nodes
  if (first === undefined) throw new Error('a cluster has nodes')
  underlay.routeTo(SERVICE_CIDR, first)
  const api = await startApiServer(t, { namespace: underlay.router.name, address: '192.168.50.1' })
  for (const { name, address, podCidr } of nodes) await api.client.create(node(name, address, podCidr))
  return {
    nodes,
    client: underlay.client,
    api,
    addPod: async (node, number) => {
      const pod = makePod(t, node, number)
      await startEcho(t, pod.namespace, pod.name, POD_PORT)
      return pod
    },
    startProxy: (node, ...flags) => startProxy(t, { node, kubeconfig: api.kubeconfig, flags }),
  }
}

const COMMAND = join(import.meta.dirname, '../../../dist/selvedge/selvedge.js')

const startProxy = async (t: Test, asked: { node: FlannelNode; kubeconfig: string; flags: readonly string[] }): Promise<RunningProcess> => {
  const { node, kubeconfig, flags } = asked
  const words = [process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, `--hostname-override=${node.name}`, ...flags]
  const [program, ...parameters] = words as [string, ...string[]]
  const proxy = await startProcess(t, node.namespace.command(program, ...parameters), { ready: /started/, timeout: 120 })
  await untilProxyReady(node, proxy, { seconds: 60 })
  return proxy
}

export interface ServiceTweaks {
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

/** A Service with a TCP and a UDP port 80 that go to port 8080 of its pods. */
export const serviceObject = (name: string, clusterIP: string, { annotations = {}, spec = {} }: ServiceTweaks = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', annotations },
  spec: {
    type: 'ClusterIP',
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ['IPv4'],
    ports: [
      { name: 'tcp', protocol: 'TCP', port: 80, targetPort: POD_PORT },
      { name: 'udp', protocol: 'UDP', port: 80, targetPort: POD_PORT },
    ],
    ...spec,
  },
})

const SLICE_PORTS = [
  { name: 'tcp', protocol: 'TCP', port: POD_PORT },
  { name: 'udp', protocol: 'UDP', port: POD_PORT },
]

/** The slice of such a Service with these pods. */
export const sliceObject = (service: string, pods: readonly Pod[]) => readySlice(service, SLICE_PORTS, pods)
