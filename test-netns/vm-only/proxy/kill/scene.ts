/** A node whose proxy is killed at system calls: twelve Services that change between two states, an open connection, and what the kernel holds. */
import { join } from 'node:path'
import type { Test } from 'tap'
import type { JsonObject } from '../../../api-server/objects.ts'
import { killing } from '../../../cni/faults/boundaries.ts'
import { readySlice, serviceNamed } from '../../../proxy/cluster-objects.ts'
import { untilProxyReady } from '../../../proxy/until-ready.ts'
import type { Agent } from '../../../rig/agent.ts'
import type { FlannelNode } from '../../../rig/flannel.ts'
import type { Pod } from '../../../rig/pod.ts'
import { type RunningProcess, startProcess } from '../../../rig/process.ts'
import { ipvsRules } from '../../../rig/witness-ipvs.ts'
import { makeOneNode } from '../one-node.ts'

export const STEADY = '10.96.0.100'
const COMMAND = join(import.meta.dirname, '../../../../dist/selvedge/selvedge.js')
/** What drains goes soon, so that both states are reached without waiting. */
const FLAGS = ['--ipvs-sync-period=5s', '--ipvs-graceful-period=1s', '--cluster-cidr=10.20.0.0/16']

/** The cluster's Services with the pods behind them, by name. */
export type State = Readonly<Record<string, readonly Pod[]>>

export interface KillScene {
  readonly client: Agent
  readonly pods: readonly [Pod, Pod]
  /** Makes the API server's objects those of a state. */
  put(state: State): Promise<void>
  /** Starts a proxy and waits until it is ready. */
  start(): Promise<RunningProcess>
  /** Starts a proxy that is killed when it sends its `count`-th message to the kernel; resolves when it is dead. */
  startAndKill(count: number): Promise<void>
  /** A running proxy will be killed when it sends its `count`-th message from now on. */
  killAt(proxy: RunningProcess, count: number): Promise<void>
  /** What the kernel holds for Services, as ipvsadm, nft and ip show it. */
  kernel(): string[]
}

export const makeKillScene = async (t: Test): Promise<KillScene> => {
  const { node, api, client, a, b } = await makeOneNode(t, 8080)
  const { client: administrator, kubeconfig } = api
  const words = [process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, `--hostname-override=${node.name}`, ...FLAGS]
  const run = (...before: string[]): Promise<RunningProcess> => {
    const [program = '', ...parameters] = [...before, ...words]
    return startProcess(t, node.namespace.command(program, ...parameters))
  }
  let known: State = {}
  return {
    client,
    pods: [a, b],
    put: async (state) => {
      for (const name of Object.keys(known).filter((each) => state[each] === undefined)) {
        await administrator.remove(serviceNamed(name))
        await administrator.remove(sliceNamed(name))
      }
      for (const [name, behind] of Object.entries(state)) {
        if (known[name] === undefined) await administrator.create(serviceObject(name))
        if (known[name] === undefined) await administrator.create(readySlice(name, PORTS, behind))
        else if (known[name] !== behind)
          await administrator.patch(sliceNamed(name), { endpoints: readySlice(name, PORTS, behind).endpoints }, 'merge')
      }
      known = state
    },
    start: async () => {
      const proxy = await run()
      await untilProxyReady(node, proxy, { seconds: 60 })
      return proxy
    },
    startAndKill: async (count) => {
      const proxy = await run(...killing({ name: 'sendto', count, text: '' }))
      await endOf(proxy)
    },
    killAt: async ({ pid }, count) => {
      const [program = '', ...options] = killing({ name: 'sendto', count, text: '' }).filter((word) => word !== '-qq')
      await startProcess(t, [program, ...options, '-p', String(pid)], { ready: /attached/ })
    },
    kernel: () => kernelOf(node),
  }
}

/** It is killed all the same when it never sends that much. */
export const endOf = async (proxy: RunningProcess): Promise<void> => {
  const timer = setTimeout(() => void proxy.stop('SIGKILL'), PATIENCE)
  await proxy.ended
  clearTimeout(timer)
}

const PATIENCE = 12_000

const kernelOf = ({ namespace }: FlannelNode): string[] => [
  ...ipvsRules(namespace),
  ...namespace.exec('ip', 'route', 'show', 'table', 'local', 'proto', '83').split('\n').sort(),
  ...elementsOf(JSON.parse(namespace.exec('nft', '--json', 'list', 'table', 'inet', 'selvedge'))),
]

interface Listed {
  readonly nftables: readonly Readonly<Record<string, { readonly name?: string; readonly elem?: readonly unknown[] }>>[]
}

/** One line for each rule, and for each element of a set or map, sorted; without handles. */
const elementsOf = ({ nftables }: Listed): string[] =>
  nftables
    .flatMap(({ set, map, rule }) => {
      const { name, elem = [] } = set ?? map ?? {}
      const plain = rule === undefined ? [] : [JSON.stringify(rule, (key, value: unknown) => (key === 'handle' ? undefined : value))]
      return [...plain, ...elem.map((element) => `${name} ${JSON.stringify(element)}`)]
    })
    .sort()

const PORTS = [
  { name: 'tcp', protocol: 'TCP', port: 8080 },
  { name: 'udp', protocol: 'UDP', port: 8080 },
]
const sliceNamed = (name: string) => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', name: `${name}-1` })

/** `s7` is at 10.96.0.7, with a NodePort and policy Local when its number is a multiple of four. */
const serviceObject = (name: string): JsonObject => {
  const number = name === 'steady' ? 100 : Number(name.slice(1))
  const outside = number % 4 === 0 && name !== 'steady' ? { type: 'NodePort', externalTrafficPolicy: 'Local' } : {}
  const ports = PORTS.map(({ name: port, protocol }, index) => ({
    ...{ name: port, protocol, port: 80, targetPort: 8080 },
    ...('type' in outside ? { nodePort: 30_000 + 2 * number + index } : {}),
  }))
  const clusterIP = `10.96.0.${number}`
  const spec = { clusterIP, clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ports, ...outside }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec }
}
