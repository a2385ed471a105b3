/** Medians and their spread. */

export interface Summary {
  readonly median: number
  /** First and third quartile. */
  readonly q1: number
  readonly q3: number
  readonly samples: number
}

/** @param values at least one, in any order */
export const summarize = (values: readonly number[]): Summary => {
  const sorted = values.toSorted((one, other) => one - other)
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75), samples: sorted.length }
}

/** Between two values, the straight line. */
const quantile = (sorted: readonly number[], share: number): number => {
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) throw new RangeError('no values to summarize')
  return below + (above - below) * (position - Math.floor(position))
}
