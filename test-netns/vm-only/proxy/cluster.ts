/** A cluster for the proxy's tests: nodes on a flannel-like overlay, pods that tell who asked, an API server, and `selvedge proxy` on a node. */
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import { type RunningApiServer, startApiServer } from '../../api-server/start.ts'
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
  for (const node of nodes) await api.client.create(nodeObject(node))
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

const nodeObject = ({ name, address, podCidr }: FlannelNode) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

const COMMAND = join(import.meta.dirname, '../../../dist/selvedge/selvedge.js')

const startProxy = async (t: Test, asked: { node: FlannelNode; kubeconfig: string; flags: readonly string[] }): Promise<RunningProcess> => {
  const { node, kubeconfig, flags } = asked
  const words = [process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, `--hostname-override=${node.name}`, ...flags]
  const [program, ...parameters] = words as [string, ...string[]]
  const proxy = await startProcess(t, node.namespace.command(program, ...parameters), { ready: /started/, timeout: 120 })
  await eventually(() => node.namespace.attempt('curl', '--silent', '--fail', 'http://127.0.0.1:20244/readyz').exitCode === 0, {
    seconds: 60,
    what: () => `the proxy of ${node.name} to be ready: ${proxy.output()}`,
  })
  return proxy
}

/** Waits until `holds` is true. @throws Error saying what did not come true in time */
export const eventually = async (holds: () => boolean, { seconds = 10, what }: { seconds?: number; what: () => string }): Promise<void> => {
  const end = performance.now() + seconds * 1000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s for ${what()}`)
    await after(50)
  }
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

/** The slice that the control plane would make of a Service's ready pods. */
export const sliceObject = (service: string, pods: readonly Pod[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ports: [
    { name: 'tcp', protocol: 'TCP', port: POD_PORT },
    { name: 'udp', protocol: 'UDP', port: POD_PORT },
  ],
  endpoints: pods.map((pod) => ({
    addresses: [pod.address],
    nodeName: pod.node.name,
    conditions: { ready: true, serving: true, terminating: false },
  })),
})
