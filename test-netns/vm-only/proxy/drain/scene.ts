/** The scene of endpoints that end: a node with a proxy, two pods behind Services of every kind that matters here, a client outside. */
import { join } from 'node:path'
import type { Test } from 'tap'
import type { JsonObject } from '../../../api-server/objects.ts'
import { readySlice } from '../../../proxy/cluster-objects.ts'
import { untilProxyReady } from '../../../proxy/until-ready.ts'
import type { FlannelNode } from '../../../rig/flannel.ts'
import type { Pod } from '../../../rig/pod.ts'
import { type RunningProcess, startProcess } from '../../../rig/process.ts'
import { ipvsRules, untilIpvsRules } from '../../../rig/witness-ipvs.ts'
import { makeOneNode, type OneNode } from '../one-node.ts'

const POD_PORT = 8080
export const NODE_PORT = 30_080

/** What each Service has that others have not. All have port 80, TCP and UDP. */
const SERVICES = {
  web: { vip: '10.96.0.10' },
  idle: { vip: '10.96.0.11' },
  sticky: { vip: '10.96.0.12', spec: { sessionAffinity: 'ClientIP' } },
  hashed: { vip: '10.96.0.13', annotations: { 'kube-router.io/service.scheduler': 'sh', 'kube-router.io/service.schedflags': 'flag-1' } },
  fixed: { vip: '10.96.0.14', annotations: { 'kube-router.io/service.scheduler': 'dh' } },
  bystander: { vip: '10.96.0.15' },
  names: { vip: '10.96.0.16', spec: { type: 'NodePort' } },
} as const
export type Name = keyof typeof SERVICES

export const vipOf = (name: Name): string => SERVICES[name].vip
/** `10.20.0.2:8080` */
export const place = ({ address }: Pod): string => `${address}:${POD_PORT}`

export interface Scene extends OneNode {
  /** @param grace seconds that a removed endpoint may drain */
  startProxy(grace: number): Promise<RunningProcess>
  /** Makes these pods a Service's ready endpoints; returns when the API server has them. */
  endpoints(service: Name, ...pods: readonly Pod[]): Promise<void>
  /** `{ '10.20.0.2:8080': 1 }`: the weights of a TCP virtual server's destinations, as ipvsadm sees them. */
  weights(service: Name): Record<string, number>
  untilWeights(service: Name, weights: Readonly<Record<string, number>>): Promise<void>
}

export const makeScene = async (t: Test): Promise<Scene> => {
  const one = await makeOneNode(t, POD_PORT)
  const { node, api, a, b } = one
  const names = Object.keys(SERVICES) as Name[]
  await api.client.load(names.flatMap((name) => [serviceObject(name), readySlice(name, PORTS, [a, b])]))
  const weights = (service: Name): Record<string, number> => weightsAt(ipvsRules(node.namespace), vipOf(service))
  return {
    ...one,
    weights,
    startProxy: (grace) => startProxy(t, { node, kubeconfig: api.kubeconfig, grace }),
    endpoints: async (service, ...ready) => {
      const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: `${service}-1` }
      await api.client.patch(slice, { endpoints: readySlice(service, PORTS, ready).endpoints }, 'merge')
    },
    untilWeights: (service, wanted) =>
      untilIpvsRules(
        `the destinations of ${service} are ${JSON.stringify(wanted)}`,
        {
          namespace: node.namespace,
          isSo: (rules) => JSON.stringify(weightsAt(rules, vipOf(service))) === JSON.stringify(wanted),
        },
        { seconds: 40, pause: 50 },
      ),
  }
}

const PORTS = [
  { name: 'tcp', protocol: 'TCP', port: POD_PORT },
  { name: 'udp', protocol: 'UDP', port: POD_PORT },
]

const serviceObject = (name: Name): JsonObject => {
  const { vip, annotations = {}, spec = {} }: { vip: string; annotations?: JsonObject; spec?: JsonObject } = SERVICES[name]
  const nodePort = name === 'names' ? { nodePort: NODE_PORT } : {}
  const ports = PORTS.map(({ name: port, protocol }) => ({ name: port, protocol, port: 80, targetPort: POD_PORT, ...nodePort }))
  const addresses = { clusterIP: vip, clusterIPs: [vip], ipFamilies: ['IPv4'] }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations },
    spec: { ...addresses, ports, ...spec },
  }
}

const COMMAND = join(import.meta.dirname, '../../../../dist/selvedge/selvedge.js')

const startProxy = async (
  t: Test,
  { node, kubeconfig, grace }: { readonly node: FlannelNode; readonly kubeconfig: string; readonly grace: number },
): Promise<RunningProcess> => {
  const flags = [`--ipvs-graceful-period=${grace}s`, '--ipvs-sync-period=5s', '--metrics-port=9100', '--cluster-cidr=10.20.0.0/16']
  const words = [COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, `--hostname-override=${node.name}`, ...flags]
  const proxy = await startProcess(t, node.namespace.command(process.execPath, ...words), { ready: /started/, timeout: 120 })
  await untilProxyReady(node, proxy, { seconds: 150, pause: 200 })
  return proxy
}

const weightsAt = (rules: readonly string[], address: string): Record<string, number> =>
  Object.fromEntries(
    rules.flatMap((rule) => {
      const [, destination = '', weight] = rule.startsWith(`-a -t ${address}:80 `) ? (/ -r (\S+) -m -w (\d+)$/.exec(rule) ?? []) : []
      return weight === undefined ? [] : [[destination, Number(weight)]]
    }),
  )
