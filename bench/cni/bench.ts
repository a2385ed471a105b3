/** All measures, in order. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeOwner, type Owner } from '../../test-netns/rig/owner.ts'
import { peaksOf, programsOf } from './footprint.ts'
import { type Host, makeHost, type Suite } from './host.ts'
import { take } from './measure.ts'
import { MEASURES, type Measure } from './measures.ts'
import { countRow, type Row, timeRows } from './report.ts'

export interface Bench {
  readonly owner: Owner
  readonly suites: readonly [Suite, Suite]
  readonly repetitions: number
  /** Names of measures; all when empty. */
  readonly only: readonly string[]
  /** A folder on a disk. */
  readonly state: string
  /** A folder in memory. */
  readonly scratch: string
  /** Says what is being done. */
  tell(text: string): void
}

/** @throws Error when a plugin fails */
export const run = (bench: Bench): Row[] => {
  const hosts = makeHosts(bench, bench.owner, 'plain')
  const rows = MEASURES.filter(({ name }) => isWanted(bench, name)).flatMap((measure) => timesOf(bench, measure, hosts))
  return [...rows, ...memoryRows(bench, hosts), ...processRows(bench, hosts)]
}

const isWanted = ({ only }: Bench, name: string): boolean => only.length === 0 || only.includes(name)

const makeHosts = ({ suites, state }: Bench, owner: Owner, label: string): [Host, Host] => {
  const [ours, go] = suites
  const make = (suite: Suite): Host => {
    const folder = join(state, label, suite.name)
    mkdirSync(folder, { recursive: true })
    return makeHost(owner, suite, folder)
  }
  return [make(ours), make(go)]
}

const FEWEST = 3

const timesOf = (bench: Bench, measure: Measure, plain: readonly [Host, Host]): Row[] => {
  bench.tell(measure.title)
  const repetitions = Math.max(FEWEST, Math.round(bench.repetitions * measure.share))
  const { scratch } = bench
  if (measure.prepare === undefined) return timeRows(measure, take({ measure, hosts: plain, repetitions, scratch }))
  const owner = makeOwner()
  try {
    const hosts = makeHosts(bench, owner, measure.name)
    for (const host of hosts) measure.prepare(host)
    return timeRows(measure, take({ measure, hosts, repetitions, scratch }))
  } finally {
    owner.close()
  }
}

/** Enough: it hardly scatters. */
const MEMORY_ROUNDS = 5

const memoryRows = (bench: Bench, [ours, go]: readonly [Host, Host]): Row[] => {
  const [measure] = MEASURES
  if (!isWanted(bench, 'memory') || measure === undefined) return []
  bench.tell('memory')
  const peaks = (host: Host): number[] => peaksOf({ measure, host, scratch: bench.scratch }, MEMORY_ROUNDS)
  return [countRow({ measure: 'memory', title: `peak memory, ADD ${measure.title}`, unit: 'MiB', ours: peaks(ours), go: peaks(go) })]
}

const PROCESS_TARGETS: Readonly<Record<string, number>> = { chain: 2, 'no-ports': 0 }

const processRows = (bench: Bench, [ours, go]: readonly [Host, Host]): Row[] => {
  if (!isWanted(bench, 'processes')) return []
  bench.tell('processes')
  return MEASURES.flatMap((measure) => {
    const most = PROCESS_TARGETS[measure.name]
    if (most === undefined) return []
    const count = (host: Host): number | undefined => programsOf({ measure, host, scratch: bench.scratch })?.length
    const [own, theirs] = [count(ours), count(go)]
    if (own === undefined || theirs === undefined) return []
    return [
      countRow({ measure: 'processes', title: `started by ADD ${measure.title}`, unit: 'processes', ours: [own], go: [theirs], most }),
    ]
  })
}
