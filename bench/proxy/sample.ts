/**
 * One sample, in a process and a network namespace of its own, so that no code is warm that would be cold in a proxy:
 *
 *     node sample.ts '{ "services": 1000, "changes": 40, "burst": 0, "audits": 0 }'
 *
 * loads so many Services into an empty kernel, and then takes what else is asked for. Prints one line of JSON, a LoopSample.
 */
import { execFileSync } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { setTimeout as after, setImmediate as turn } from 'node:timers/promises'
import { openCommands } from '#kernel/command.ts'
import { openNftables } from '#kernel/nftables.ts'
import { takeFeedbackEarly } from '../../proxy/engine/early-feedback.ts'
import { enterNewNamespace } from '../../test-netns/proxy/enter-namespace.ts'
import { makeOwner } from '../../test-netns/rig/owner.ts'
import { type MeasuredLoop, openLoop } from './loop.ts'
import type { Audit, Change, LoopSample, Timed } from './samples.ts'
import { endpointsOf, eventsOf, NODE_ADDRESS, oneMore, sliceEvent } from './workload.ts'

export interface SampleRequest {
  readonly services: number
  /** How many single changes of either kind; 0 = none. */
  readonly changes: number
  /** Slices that change at once. */
  readonly burst: number
  readonly audits: number
}

const take = async ({ services, changes, burst, audits }: SampleRequest): Promise<LoopSample> => {
  takeFeedbackEarly()
  const loop = openLoop()
  const { controller } = loop
  const events = eventsOf(services)
  const cold = await timed(loop, async () => {
    for (let start = 0; start < events.length; start += EVENTS_AT_ONCE) {
      controller.handle(events.slice(start, start + EVENTS_AT_ONCE))
      await turn()
    }
    controller.start()
  })
  const elsewhere = await changesOf(loop, 'elsewhere', Math.min(changes, services))
  const here = await changesOf(loop, 'here', Math.min(changes, services))
  const bursts = burst === 0 ? {} : { burst: await timed(loop, () => controller.handle(burstOf(burst))) }
  const sample = { services, cold, elsewhere, here, ...bursts, audits: await auditsOf(loop, audits) }
  loop.close()
  return sample
}

/** As the watchers hand them over, who let others have their turns. */
const EVENTS_AT_ONCE = 100

/** Milliseconds in which the sampler of turns has its own: it measures from one of them to the next. */
const SAMPLER = 20

const timed = async (loop: MeasuredLoop, action: () => void | Promise<void>): Promise<Timed> => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await after(SAMPLER)
  const [started, cpu] = [performance.now(), cpuMilliseconds()]
  await action()
  await loop.idle()
  const taken = { milliseconds: performance.now() - started, cpuMilliseconds: cpuMilliseconds() - cpu }
  await after(SAMPLER)
  delay.disable()
  return { ...taken, longestTurn: delay.max / 1e6 }
}

const cpuMilliseconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Services far apart, each once. */
const changesOf = async (loop: MeasuredLoop, where: 'elsewhere' | 'here', changes: number): Promise<Change[]> => {
  const taken: Change[] = []
  for (let index = 0; index < changes; index++) {
    const event = oneMore(index, where)
    const [before, started] = [loop.cost(), performance.now()]
    loop.controller.handle([event])
    await loop.idle()
    const now = loop.cost()
    taken.push({
      milliseconds: loop.lastRound() - started,
      messages: now.messages - before.messages,
      processes: now.processes - before.processes,
    })
  }
  return taken
}

const burstOf = (slices: number) => Array.from({ length: slices }, (_, index) => sliceEvent(index, endpointsOf(index).slice(0, 1)))

const auditsOf = async (loop: MeasuredLoop, audits: number): Promise<Audit[]> => {
  const taken: Audit[] = []
  for (let index = 0; index < audits; index++) {
    const before = kernelState()
    const { writes, processes } = loop.cost()
    const times = await timed(loop, () => loop.audit())
    const changed = kernelState() === before ? 0 : 1
    taken.push({ ...times, writes: loop.cost().writes - writes + (loop.cost().processes - processes) + changed })
  }
  return taken
}

/** By others than the loop: IPVS and routes as their tools print them, nftables' own count of changes. */
const kernelState = (): string => {
  const print = (...[program = '', ...words]: string[]): string => execFileSync(program, words, { encoding: 'utf8', maxBuffer: 1 << 28 })
  const routes = print('ip', 'route', 'show', 'table', 'local')
  return `${openNftables(openCommands()).generation()} ${print('ipvsadm', '--save', '--numeric')} ${routes}`
}

const owner = makeOwner()
try {
  const request = JSON.parse(process.argv[2] ?? '') as SampleRequest
  const namespace = enterNewNamespace(owner, 'bench')
  namespace.ip(`address add ${NODE_ADDRESS}/32 dev lo`)
  process.stdout.write(`${JSON.stringify(await take(request))}\n`)
  namespace.exec('ipvsadm', '--clear')
} finally {
  owner.close()
}
