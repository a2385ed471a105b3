/** Which configurations are tried, of all that there could be. */

/** Names of dimensions, and for each its values. */
export type Dimensions = Readonly<Record<string, readonly string[]>>

export type Selection<D extends Dimensions> = { readonly [K in keyof D]: D[K][number] }

/** Every combination of values of the dimensions called `varied`, with the first value of all others. */
export const product = <D extends Dimensions>(dimensions: D, varied: readonly (keyof D)[]): Selection<D>[] =>
  combinations(
    Object.entries(dimensions).map(([name, values]) => [name, varied.includes(name) ? values : values.slice(0, 1)]),
  ) as Selection<D>[]

const combinations = ([first, ...others]: readonly (readonly [string, readonly string[]])[]): Record<string, string>[] => {
  if (first === undefined) return [{}]
  const [name, values] = first
  const rest = combinations(others)
  return values.flatMap((value) => rest.map((each) => ({ [name]: value, ...each })))
}

/** A few cases in which any two values of different dimensions meet at least once; always the same ones, in the same order. */
export const pairwise = <D extends Dimensions>(dimensions: D): Selection<D>[] => {
  const open = allPairs(dimensions)
  const cases: Record<string, string>[] = []
  for (let [pair] = open; pair !== undefined; [pair] = open) {
    const found = completed(dimensions, JSON.parse(pair), open)
    for (const covered of pairsOf(found)) open.delete(covered)
    cases.push(found)
  }
  return cases as Selection<D>[]
}

/**
 * Some of these cases: each value of every dimension is in `times` of them, and each of `wanted` holds for one, as far as the cases have them.
 * Always the same ones, in their order.
 */
export const sampleOf = <C extends Readonly<Record<string, string>>>(
  cases: readonly C[],
  times: number,
  wanted: readonly ((each: C) => boolean)[],
): C[] => {
  const needs = new Map<string, number>()
  const open = new Set(wanted)
  const isNeeded = (each: C): boolean =>
    valuesOf(each).some((value) => (needs.get(value) ?? times) > 0) || [...open].some((isWanted) => isWanted(each))
  return cases.filter((each) => {
    if (!isNeeded(each)) return false
    for (const value of valuesOf(each)) needs.set(value, (needs.get(value) ?? times) - 1)
    for (const isWanted of open) if (isWanted(each)) open.delete(isWanted)
    return true
  })
}

const valuesOf = (each: Readonly<Record<string, string>>): string[] => Object.entries(each).map((pair) => JSON.stringify(pair))

const allPairs = (dimensions: Dimensions): Set<string> => {
  const entries = Object.entries(dimensions).toSorted(byName)
  const pairs = entries.flatMap(([one, values], index) =>
    entries
      .slice(index + 1)
      .flatMap(([other, others]) => values.flatMap((a) => others.map((b) => JSON.stringify({ [one]: a, [other]: b })))),
  )
  return new Set(pairs)
}

/** The pairs of values in a case, each as the text of an object with two keys in their order. */
const pairsOf = (chosen: Readonly<Record<string, string>>): string[] => {
  const entries = Object.entries(chosen).toSorted(byName)
  return entries.flatMap(([one, a], index) => entries.slice(index + 1).map(([other, b]) => JSON.stringify({ [one]: a, [other]: b })))
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number => (one < other ? -1 : 1)

/** Gives each remaining dimension the value that meets most of what has not met yet; among equals, the first. */
const completed = (dimensions: Dimensions, start: Record<string, string>, open: ReadonlySet<string>): Record<string, string> => {
  const chosen = { ...start }
  for (const [name, values] of Object.entries(dimensions)) {
    if (chosen[name] !== undefined) continue
    const gain = (value: string): number => pairsOf({ ...chosen, [name]: value }).filter((pair) => open.has(pair)).length
    chosen[name] = values.toSorted((a, b) => gain(b) - gain(a))[0] ?? ''
  }
  return chosen
}
