/** What was found, as one row for each number that is compared. */
import type { Costs } from './measure.ts'
import type { Measure } from './measures.ts'
import { type Summary, summarize } from './statistics.ts'

export interface Row {
  readonly measure: string
  readonly title: string
  readonly unit: 'ms' | 'MiB' | 'processes'
  readonly ours: Summary
  readonly go: Summary
  /** Median of ours by median of Go's; absent where that is zero. */
  readonly ratio?: number
  /** The same of user and system time. */
  readonly cpuRatio?: number
  readonly target?: Target
}

/** How much is too much: a ratio to Go, or a number by itself. */
export interface Target {
  readonly of: 'ratio' | 'ours'
  readonly most: number
}

export const isMet = ({ target, ratio, ours }: Row): boolean | undefined => {
  if (target === undefined) return undefined
  return (target.of === 'ratio' ? (ratio ?? Number.POSITIVE_INFINITY) : ours.median) <= target.most
}

/** The rows of one measure: ADD and DEL. */
export const timeRows = (measure: Measure, costs: Readonly<Record<'ours' | 'Go', Costs>>): Row[] =>
  (['ADD', 'DEL'] as const).map((verb) => {
    const values = (suite: 'ours' | 'Go', field: 'wallMilliseconds' | 'cpuMilliseconds') =>
      summarize(costs[suite][verb].map((cost) => cost[field]))
    const [ours, go] = [values('ours', 'wallMilliseconds'), values('Go', 'wallMilliseconds')]
    const most = measure.targets[verb]
    return {
      measure: measure.name,
      title: `${verb} ${measure.title}`,
      unit: 'ms',
      ours,
      go,
      ratio: ours.median / go.median,
      cpuRatio: values('ours', 'cpuMilliseconds').median / values('Go', 'cpuMilliseconds').median,
      ...(most !== undefined && { target: { of: 'ratio', most } }),
    }
  })

export interface Counted {
  readonly measure: string
  readonly title: string
  readonly unit: 'MiB' | 'processes'
  readonly ours: readonly number[]
  readonly go: readonly number[]
  /** The largest number of ours to be content with. */
  readonly most?: number
}

export const countRow = ({ ours, go, most, ...row }: Counted): Row => {
  const [own, theirs] = [summarize(ours), summarize(go)]
  return {
    ...row,
    ours: own,
    go: theirs,
    ...(theirs.median > 0 && { ratio: own.median / theirs.median }),
    ...(most !== undefined && { target: { of: 'ours', most } }),
  }
}
