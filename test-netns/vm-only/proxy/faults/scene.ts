/** Two nodes, three pods, a proxy that may be killed, strangers' things on its node, and a Service that always has a ready pod. */

import { join } from 'node:path'
import type { Test } from 'tap'
import type { FlannelNode } from '../../../rig/flannel.ts'
import type { NetNamespace } from '../../../rig/namespace.ts'
import type { Pod } from '../../../rig/pod.ts'
import { type RunningProcess, startProcess } from '../../../rig/process.ts'
import { until } from '../../../rig/until.ts'
import { ipvsRules } from '../../../rig/witness-ipvs.ts'
import { makeCluster, serviceObject, sliceObject, type TestCluster } from '../cluster.ts'

export const STEADY = '10.96.1.1'
const PORT = 8080

export interface FaultScene {
  readonly cluster: TestCluster
  readonly node: FlannelNode
  readonly pods: readonly Pod[]
  /** The proxy that runs now. */
  proxy(): RunningProcess
  /** Ends the proxy by a signal and starts another one. */
  restart(signal: NodeJS.Signals): Promise<void>
  /** Creates or replaces a Service and its pods. */
  put(name: string, vip: string, pods: readonly Pod[]): Promise<void>
  remove(name: string): Promise<void>
  /** Waits until `ipvsadm -Sn` shows exactly what the API server has, and the strangers' own. */
  untilRight(what: string): Promise<void>
  /** What strangers have on the node, as their tools show it. */
  strangers(): string[]
}

/** Another proxy's virtual server, table, set and route. */
const STRANGERS = [
  ['ipvsadm', '-A', '-t', '198.51.100.7:80', '-s', 'wlc'],
  ['ipvsadm', '-a', '-t', '198.51.100.7:80', '-r', '198.18.0.9:80', '-m', '-w', '3'],
  ['nft', 'add', 'table', 'inet', 'stranger'],
  ['nft', 'add', 'set', 'inet', 'stranger', 'vip4', '{ type ipv4_addr; elements = { 198.51.100.7 }; }'],
  ['ip', 'route', 'add', 'blackhole', '198.18.0.0/15', 'proto', '99'],
] as const
export const STRANGERS_RULES = ['-A -t 198.51.100.7:80 -s wlc', '-a -t 198.51.100.7:80 -r 198.18.0.9:80 -m -w 3']

export const SYNC_SECONDS = 5
export const FLAGS = ['--cluster-cidr=10.20.0.0/16', `--ipvs-sync-period=${SYNC_SECONDS}s`]

export const makeFaultScene = async (t: Test): Promise<FaultScene> => {
  const cluster = await makeCluster(t)
  const [node, other] = cluster.nodes
  if (node === undefined || other === undefined) throw new Error('a cluster has two nodes')
  const pods = [await cluster.addPod(node, 2), await cluster.addPod(other, 2), await cluster.addPod(node, 3)]
  for (const [program, ...parameters] of STRANGERS) node.namespace.exec(program, ...parameters)
  const wanted = new Map<string, readonly string[]>()
  const { client } = cluster.api
  const put: FaultScene['put'] = async (name, vip, chosen) => {
    if (!wanted.has(name)) await client.create(serviceObject(name, vip))
    const slice = sliceObject(name, chosen)
    if (wanted.has(name)) await client.patch(sliceNamed(name), { endpoints: slice.endpoints }, 'merge')
    else await client.create(slice)
    wanted.set(name, rulesFor(vip, chosen))
  }
  await put('steady', STEADY, pods)
  let proxy = await cluster.startProxy(node, ...FLAGS)
  const expected = (): string => JSON.stringify([...wanted.values(), STRANGERS_RULES].flat().sort())
  return {
    cluster,
    node,
    pods,
    proxy: () => proxy,
    restart: async (signal) => {
      await proxy.stop(signal)
      proxy = await cluster.startProxy(node, ...FLAGS)
    },
    put,
    remove: async (name) => {
      wanted.delete(name)
      await client.remove(serviceNamed(name))
      await client.remove(sliceNamed(name))
    },
    untilRight: (what) =>
      until(
        what,
        () => JSON.stringify(ipvsRules(node.namespace).toSorted()) === expected(),
        () => ({ kernel: ipvsRules(node.namespace).toSorted(), expected: expected(), log: proxy.output().slice(-3000) }),
        { seconds: 60, pause: 500 },
      ),
    strangers: () => [
      ...ipvsRules(node.namespace).filter((line) => line.includes('198.51.100.7')),
      node.namespace.exec('nft', 'list', 'table', 'inet', 'stranger'),
      node.namespace.exec('ip', 'route', 'show', 'proto', '99'),
    ],
  }
}

const serviceNamed = (name: string) => ({ apiVersion: 'v1', kind: 'Service', name, namespace: 'default' })
const sliceNamed = (name: string) => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: `${name}-1`, namespace: 'default' })

const rulesFor = (vip: string, pods: readonly Pod[]): string[] =>
  ['-t', '-u'].flatMap((kind) => [
    `-A ${kind} ${vip}:80 -s rr`,
    ...pods.map(({ address }) => `-a ${kind} ${vip}:80 -r ${address}:${PORT} -m -w 1`),
  ])

export interface Traffic {
  /** Ends it. @returns how many requests there were, and a line for each that failed */
  end(): Promise<{ readonly asked: number; readonly failed: readonly string[] }>
}

/** Requests from inside a namespace, one after the other with a pause of so many milliseconds, until they are ended. */
export const startTraffic = async (t: Test, from: NetNamespace, { url, pause }: { url: string; pause: number }): Promise<Traffic> => {
  const program = join(import.meta.dirname, 'traffic.ts')
  const command = from.command(process.execPath, program, url, String(pause))
  const running = await startProcess(t, command, { ready: /asking/, timeout: 60 })
  return {
    end: async () => {
      await running.stop('SIGTERM')
      const lines = running.output().split('\n')
      return { asked: Number(/asked (\d+)/.exec(running.output())?.[1]), failed: lines.filter((line) => line.startsWith('failed')) }
    },
  }
}
