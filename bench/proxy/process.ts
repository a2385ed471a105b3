/** The whole proxy, as a DaemonSet runs it, with the test API server: memory, idle processor time, its start and its answers meanwhile. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as after } from 'node:timers/promises'
import { startApiServer } from '../../test-netns/api-server/start.ts'
import { node } from '../../test-netns/proxy/cluster-objects.ts'
import { enterNewNamespace } from '../../test-netns/proxy/enter-namespace.ts'
import { makeOwner, type Owner } from '../../test-netns/rig/owner.ts'
import { type RunningProcess, startProcess } from '../../test-netns/rig/process.ts'
import type { ProcessSample } from './samples.ts'
import { statusOf } from './status-of.ts'
import { endpointsOf, NODE, NODE_ADDRESS, objectsOf, oneMorePod, sliceObject, vipOf } from './workload.ts'

const COMMAND = join(import.meta.dirname, '../../dist/selvedge/selvedge.js')
/** What was left to do after the last change is not idleness: the engine tidies up for a while. */
const SETTLING_SECONDS = 15
/** Long enough for what is done once a second, and for a tick of the processor's clock not to count. */
const IDLE_SECONDS = 60
const CHANGES = 5

/** @throws Error when the proxy does not become ready */
export const measureProcess = async (services: number): Promise<ProcessSample> => {
  const owner = makeOwner()
  try {
    const namespace = enterNewNamespace(owner, 'bench')
    namespace.ip(`address add ${NODE_ADDRESS}/32 dev lo`)
    const api = await startApiServer(owner, { address: NODE_ADDRESS })
    await api.client.create(node(NODE, NODE_ADDRESS))
    await api.client.load(objectsOf(services))
    const started = performance.now()
    const proxy = await startProxy(owner, api.kubeconfig)
    const slowestAnswer = await untilReady(proxy)
    const readyMilliseconds = performance.now() - started
    const cpuMilliseconds = cpuOf(proxy.pid)
    const changeMilliseconds: number[] = []
    for (let index = 0; index < CHANGES; index++) {
      const changed = performance.now()
      await api.client.update(sliceObject(index, [...endpointsOf(index), oneMorePod(index, 'elsewhere')]))
      // One server alone: to list all of them takes longer than the change.
      const server = `${vipOf(index)}:80`
      await until(() => namespace.exec('ipvsadm', '--list', '--numeric', '--tcp-service', server).match(/^ {2}-> [0-9]/gm)?.length === 3)
      changeMilliseconds.push(performance.now() - changed)
    }
    const idleShare = await idleShareOf(proxy.pid)
    return {
      services,
      readyMilliseconds,
      cpuMilliseconds,
      slowestAnswer,
      changeMilliseconds,
      idleShare,
      residentBytes: residentOf(proxy.pid),
    }
  } finally {
    owner.close()
  }
}

const startProxy = (owner: Owner, kubeconfig: string): Promise<RunningProcess> =>
  startProcess(owner, [process.execPath, COMMAND, 'proxy', `--kubeconfig=${kubeconfig}`, `--hostname-override=${NODE}`])

/** @returns the longest that /healthz took to answer since it answered first, in milliseconds */
const untilReady = async (proxy: RunningProcess): Promise<number> => {
  let [slowest, end]: [number, number | string | undefined] = [0, undefined]
  void proxy.ended.then((how) => {
    end = how
  })
  for (;;) {
    if (end !== undefined) throw new Error(`the proxy ended with ${end}: ${proxy.output()}`)
    const asked = performance.now()
    const alive = await statusOf('/healthz')
    if (alive !== undefined) slowest = Math.max(slowest, performance.now() - asked)
    if ((await statusOf('/readyz')) === 200) return slowest
    await after(20)
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  const started = performance.now()
  while (!condition()) {
    if (performance.now() - started > 60_000) throw new Error('a change did not reach the kernel in a minute')
    await after(5)
  }
}

const idleShareOf = async (pid: number): Promise<number> => {
  await after(SETTLING_SECONDS * 1000)
  const [started, before] = [performance.now(), cpuOf(pid)]
  await after(IDLE_SECONDS * 1000)
  return (cpuOf(pid) - before) / (performance.now() - started)
}

/** USER_HZ is 100 on every architecture. */
const TICK_MILLISECONDS = 10

/** User and system time, proc(5): the 14th and 15th fields, of which the second may contain anything but a closing parenthesis last. */
const cpuOf = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS
}

const residentOf = (pid: number): number => {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  return Number(kibibytes) * 1024
}
