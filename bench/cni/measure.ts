/** One measure, taken of both suites in turns: A B B A A B B A …, so that neither profits from what the machine does meanwhile. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Host, Pod, Suite } from './host.ts'
import type { Measure } from './measures.ts'
import { forgetFile } from './page-cache.ts'
import { type Call, type Cost, perform } from './perform.ts'
import type { Verb } from './runtime.ts'

export type Costs = Readonly<Record<Verb, readonly Cost[]>>

export interface Plan {
  readonly measure: Measure
  readonly hosts: readonly [Host, Host]
  readonly repetitions: number
  /** A folder in memory. */
  readonly scratch: string
}

/** The first rounds make the bridge and what all pods share, and fill caches. */
const WARM_UP = 2

/** @returns the costs of each call by suite @throws Error when a plugin fails */
export const take = ({ measure, hosts, repetitions, scratch }: Plan): Readonly<Record<Suite['name'], Costs>> => {
  const costs = { ours: { ADD: [], DEL: [] }, Go: { ADD: [], DEL: [] } } satisfies Record<Suite['name'], Record<Verb, Cost[]>>
  const taken: Record<Suite['name'], Record<Verb, Cost[]>> = costs
  for (let round = -WARM_UP; round < repetitions; round++) {
    for (const host of round % 2 === 0 ? hosts : hosts.toReversed()) {
      host.enter()
      for (const verb of ['ADD', 'DEL'] as const) {
        if (measure.cold) forgetExecutables(host.suite)
        const cost = perform(callsOf(measure, host, verb), { scratch })
        if (round >= 0) taken[host.suite.name][verb].push(cost)
      }
    }
  }
  return costs
}

const forgetExecutables = ({ folder }: Suite): void => {
  for (const name of readdirSync(folder)) forgetFile(join(folder, name))
}

/** The calls of one round: every pod to all its networks. */
export const callsOf = (measure: Measure, host: Host, verb: Verb): Call[] =>
  host.pods(measure.parallel).flatMap((pod) => measure.networks(host).map((each) => callOf(each, { pod, measure, host, verb })))

interface Setting {
  readonly pod: Pod
  readonly measure: Measure
  readonly host: Host
  readonly verb: Verb
}

const callOf = ({ network, ifname }: ReturnType<Measure['networks']>[number], { pod, measure, host, verb }: Setting): Call => ({
  network,
  verb,
  folder: host.suite.folder,
  attachment: {
    containerId: pod.containerId,
    netns: pod.netns,
    ifname,
    portMappings: measure.mapped ? [{ hostPort: pod.hostPort, containerPort: 80, protocol: 'tcp' }] : [],
  },
})
