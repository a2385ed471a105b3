/** Samples as rows: one for each number that is compared with a target or worth knowing. Pure. */
import { summarize } from '../cni/statistics.ts'
import type { Change, HealthSample, LoopSample, ProcessSample, RestoreSample, Sample } from './samples.ts'

export interface Row {
  readonly measure: string
  readonly title: string
  readonly unit: 'ms' | 'ratio' | 'count' | 'MiB' | '%'
  readonly value: number
  /** The 99th percentile, where `value` is a median. */
  readonly p99?: number
  readonly samples: number
  /** The largest value to be content with. */
  readonly most?: number
}

export const isMet = ({ value, most }: Row): boolean | undefined => (most === undefined ? undefined : value <= most)

/** The targets are those that the project set itself. */
export const rowsOf = (samples: readonly Sample[]): Row[] => {
  const loops = samples.flatMap((sample) => ('loop' in sample ? [sample.loop] : []))
  const restores = samples.flatMap((sample) => ('restore' in sample ? [sample.restore] : []))
  const processes = samples.flatMap((sample) => ('process' in sample ? [sample.process] : []))
  const healths = samples.flatMap((sample) => ('health' in sample ? [sample.health] : []))
  const ofLoops = [...changeRows(loops), ...coldRows(loops, restores), ...burstRows(loops), ...auditRows(loops)]
  return [...ofLoops, ...processes.flatMap(processRows), ...healths.flatMap(healthRows)]
}

const number = (services: number): string => services.toLocaleString('en')

const sizesOf = (samples: readonly { readonly services: number }[]): number[] =>
  [...new Set(samples.map(({ services }) => services))].toSorted((one, other) => one - other)

/** Median and 99th percentile of times. */
const timesRow = (words: Pick<Row, 'measure' | 'title'>, values: readonly number[]): Row[] => {
  if (values.length === 0) return []
  const sorted = values.toSorted((one, other) => one - other)
  const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0
  return [{ ...words, unit: 'ms', value: summarize(values).median, p99, samples: values.length }]
}

const ratioRow = (words: Pick<Row, 'measure' | 'title' | 'most'>, over: readonly number[], under: readonly number[]): Row[] => {
  if (over.length === 0 || under.length === 0) return []
  return [
    { ...words, unit: 'ratio', value: summarize(over).median / summarize(under).median, samples: Math.min(over.length, under.length) },
  ]
}

const changeRows = (loops: readonly LoopSample[]): Row[] =>
  KINDS.flatMap(([kind, where]) => {
    const of = (services: number): Change[] => loops.filter((loop) => loop.services === services).flatMap((loop) => loop[kind])
    const times = (services: number): number[] => of(services).map(({ milliseconds }) => milliseconds)
    const measure = 'change'
    const all = loops.flatMap((loop) => loop[kind])
    return [
      ...sizesOf(loops).flatMap((services) =>
        timesRow({ measure, title: `one endpoint more ${where}, ${number(services)} Services` }, times(services)),
      ),
      ...ratioRow(
        { measure, title: `one endpoint more ${where}, median at 10,000 / at 100 Services`, most: 1.5 },
        times(10_000),
        times(100),
      ),
      ...mostRow(
        { measure, title: `netlink messages for one endpoint more ${where}`, most: 4 },
        all.map(({ messages }) => messages),
      ),
      ...mostRow(
        { measure, title: `processes for one endpoint more ${where}`, most: 1 },
        all.map(({ processes }) => processes),
      ),
    ]
  })

const KINDS = [
  ['elsewhere', 'elsewhere'],
  ['here', 'on this node'],
] as const

const mostRow = (words: Pick<Row, 'measure' | 'title' | 'most'>, values: readonly number[]): Row[] =>
  values.length === 0 ? [] : [{ ...words, unit: 'count', value: Math.max(...values), samples: values.length }]

const coldRows = (loops: readonly LoopSample[], restores: readonly RestoreSample[]): Row[] => {
  const measure = 'cold'
  const ours = (services: number): number[] => loops.filter((loop) => loop.services === services).map(({ cold }) => cold.milliseconds)
  const theirs = (services: number): number[] =>
    restores.filter((restore) => restore.services === services).map(({ restoreMilliseconds }) => restoreMilliseconds)
  return sizesOf(restores).flatMap((services) => [
    ...timesRow({ measure, title: `cold start of ${number(services)} Services` }, ours(services)),
    ...timesRow({ measure, title: `ipvsadm --restore of ${number(services)} Services` }, theirs(services)),
    ...ratioRow(
      { measure, title: `cold start / ipvsadm --restore, ${number(services)} Services`, ...(services === 10_000 && { most: 0.8 }) },
      ours(services),
      theirs(services),
    ),
    ...(services === 10_000
      ? ratioRow({ measure, title: 'cold start of 10,000 / of 1,000 Services', most: 12 }, ours(10_000), ours(1_000))
      : []),
    ...timesRow(
      { measure, title: `longest turn in a cold start of ${number(services)} Services` },
      loops.filter((loop) => loop.services === services).map(({ cold }) => cold.longestTurn),
    ),
  ])
}

const burstRows = (loops: readonly LoopSample[]): Row[] =>
  loops.flatMap(({ services, burst }) =>
    burst === undefined
      ? []
      : timesRow({ measure: 'burst', title: `1,000 slices at once, ${number(services)} Services` }, [burst.milliseconds]),
  )

const auditRows = (loops: readonly LoopSample[]): Row[] =>
  sizesOf(loops).flatMap((services) => {
    const audits = loops.filter((loop) => loop.services === services).flatMap((loop) => loop.audits)
    const measure = 'audit'
    return [
      ...timesRow(
        { measure, title: `audit without drift, ${number(services)} Services` },
        audits.map(({ milliseconds }) => milliseconds),
      ),
      ...timesRow(
        { measure, title: `longest turn of an audit, ${number(services)} Services` },
        audits.map(({ longestTurn }) => longestTurn),
      ),
      ...mostRow(
        { measure, title: `writes of an audit without drift, ${number(services)} Services`, most: 0 },
        audits.map(({ writes }) => writes),
      ),
    ]
  })

const MIB = 1 << 20

const processRows = (sample: ProcessSample): Row[] => {
  const size = number(sample.services)
  const isTarget = sample.services === 10_000
  const row = (title: string, unit: Row['unit'], value: number, most?: number): Row => ({
    measure: 'process',
    title: `${title}, ${size} Services`,
    unit,
    value,
    samples: 1,
    ...(most !== undefined && isTarget && { most }),
  })
  return [
    row('resident memory', 'MiB', sample.residentBytes / MIB, 250),
    row('processor, idle, of one core', '%', 100 * sample.idleShare, 1),
    row('from its start until it is ready', 'ms', sample.readyMilliseconds),
    row('processor time until it is ready', 'ms', sample.cpuMilliseconds),
    row('slowest answer of /healthz meanwhile', 'ms', sample.slowestAnswer),
    ...timesRow({ measure: 'process', title: `from the API server's change to the kernel's, ${size} Services` }, sample.changeMilliseconds),
  ]
}

const healthRows = ({ services, readyMilliseconds, answers }: HealthSample): Row[] => {
  const measure = 'health'
  const size = `${number(services)} Services, IPVS simulated`
  const slowest = { measure, title: `slowest answer of /healthz while it loads, ${size}`, unit: 'ms', value: Math.max(...answers) } as const
  return [
    { ...slowest, samples: answers.length, ...(services === 10_000 && { most: 100 }) },
    ...timesRow({ measure, title: `answer of /healthz while it loads, ${size}` }, answers),
    { measure, title: `from its start until it is ready, ${size}`, unit: 'ms', value: readyMilliseconds, samples: 1 },
  ]
}
