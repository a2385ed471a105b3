/**
 * How long /healthz takes while a proxy loads its Services, outside any emulation: the whole proxy with the test API server, on this kernel's own
 * routes and nftables, with a simulated IPVS.
 */
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as after } from 'node:timers/promises'
import { startApiServer } from '../../test-netns/api-server/start.ts'
import { node } from '../../test-netns/proxy/cluster-objects.ts'
import { enterNewNamespace } from '../../test-netns/proxy/enter-namespace.ts'
import { makeOwner } from '../../test-netns/rig/owner.ts'
import { type RunningProcess, startProcess } from '../../test-netns/rig/process.ts'
import type { HealthSample } from './samples.ts'
import { statusOf } from './status-of.ts'
import { NODE, NODE_ADDRESS, objectsOf } from './workload.ts'

const COMMAND = join(import.meta.dirname, '../../selvedge.ts')
const PRELOAD = join(import.meta.dirname, 'simulated-ipvs/preload.ts')

/** Between an answer and the next question, at most: like kubelet, one asker with a connection for each question, at any moment of a turn. */
const PAUSE_MILLISECONDS = 10
/** After so many answers it is asked whether it is ready. */
const ANSWERS = 8
const PATIENCE_MILLISECONDS = 120_000

/** @throws Error when the proxy does not become ready */
export const measureHealth = async (services: number): Promise<HealthSample> => {
  const owner = makeOwner()
  try {
    const namespace = enterNewNamespace(owner, 'bench')
    // A bridge in place of a dummy link, which not every kernel has.
    namespace.ip(`address add ${NODE_ADDRESS}/32 dev lo`, 'link add kube-dummy-if type bridge')
    const api = await startApiServer(owner, { address: NODE_ADDRESS })
    await api.client.create(node(NODE, NODE_ADDRESS))
    await api.client.load(objectsOf(services))
    const started = performance.now()
    const parameters = ['proxy', `--kubeconfig=${api.kubeconfig}`, `--hostname-override=${NODE}`]
    const proxy = await startProcess(owner, [process.execPath, '--import', PRELOAD, COMMAND, ...parameters])
    const answers = await answersUntilReady(proxy)
    const readyMilliseconds = performance.now() - started
    const elements = JSON.parse(namespace.exec('nft', '-j', 'list', 'set', 'inet', 'selvedge', 'vip4')).nftables.at(-1).set.elem.length
    if (elements !== services) throw new Error(`${elements} of ${services} Services are in the kernel`)
    return { services, readyMilliseconds, answers }
  } finally {
    owner.close()
  }
}

/** @returns how long each answer of /healthz took, in milliseconds, from the first one until /readyz says 200 */
const answersUntilReady = async (proxy: RunningProcess): Promise<number[]> => {
  const answers: number[] = []
  let ended = false
  void proxy.ended.then(() => {
    ended = true
  })
  for (const started = performance.now(); ; await after(Math.random() * PAUSE_MILLISECONDS)) {
    if (ended || performance.now() - started > PATIENCE_MILLISECONDS) throw new Error(`the proxy is not ready: ${proxy.output()}`)
    const asked = performance.now()
    const alive = await statusOf('/healthz')
    if (alive !== undefined) answers.push(performance.now() - asked)
    if (answers.length % ANSWERS === 0 && (await statusOf('/readyz')) === 200) return answers
  }
}
