/** How two trials of one case differ: the one where Go attached and ours removed, and the other way round. */
import { leftovers } from './leftovers.ts'
import type { Observed } from './side.ts'
import type { Answer, Trial } from './trial.ts'

export interface TrialPair {
  /** Go's ADD; our CHECK and DEL. */
  readonly goAttached: Trial
  /** Our ADD; Go's CHECK and DEL. */
  readonly oursAttached: Trial
}

/** One line for each difference, none when each suite does what the other does, takes over from it and leaves nothing. */
export const differencesOf = ({ goAttached, oursAttached }: TrialPair): string[] => [
  ...answersDiffer(goAttached.add, oursAttached.add),
  ...observationsDiffer(goAttached.attached, oursAttached.attached),
  ...checksDiffer('Go’s', goAttached),
  ...checksDiffer('our', oursAttached),
  ...goAttached.del.flatMap(failure).map((message) => `our DEL of Go’s ${message}`),
  ...oursAttached.del.flatMap(failure).map((message) => `Go’s DEL of our ${message}`),
  ...leftovers(goAttached.left).map((line) => `our DEL of Go’s leaves ${line}`),
  ...leftovers(oursAttached.left).map((line) => `Go’s DEL of ours leaves ${line}`),
]

const answersDiffer = (go: readonly Answer[], ours: readonly Answer[]): string[] =>
  [...go.keys(), ...[...ours.keys()].slice(go.length)].flatMap((index) => {
    const [one, other] = [go[index], ours[index]]
    return valuesDiffer(
      `${one?.plugin ?? other?.plugin} ADD`,
      one === undefined ? undefined : said(one),
      other === undefined ? undefined : said(other),
    )
  })

const said = ({ exitCode, printed }: Answer): unknown => ({ exitCode, printed })

/** Where two JSON values differ, by the path of the place. */
const valuesDiffer = (path: string, go: unknown, ours: unknown): string[] => {
  if (isTree(go) && isTree(ours)) {
    const names = new Set([...Object.keys(go), ...Object.keys(ours)])
    return [...names].flatMap((name) => valuesDiffer(`${path} ${name}`, go[name], ours[name]))
  }
  return JSON.stringify(go) === JSON.stringify(ours) ? [] : [`${path}: Go ${JSON.stringify(go)}, ours ${JSON.stringify(ours)}`]
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const observationsDiffer = (go: Observed, ours: Observed): string[] =>
  Object.keys(go).flatMap((name) => {
    const [one, other] = [go[name] ?? [], ours[name] ?? []]
    const [onlyGo, onlyOurs] = [without(one, other), without(other, one)]
    const sameOrder = without(one, onlyGo).join('\n') === without(other, onlyOurs).join('\n')
    return [
      ...onlyGo.map((line) => `${name}: only Go’s has ${line}`),
      ...onlyOurs.map((line) => `${name}: only ours has ${line}`),
      ...(sameOrder ? [] : [`${name}: in another order`]),
    ]
  })

/** The lines of one that the other has not, as often as it has not. */
const without = (lines: readonly string[], others: readonly string[]): string[] => {
  const rest = [...others]
  return lines.filter((line) => {
    const position = rest.indexOf(line)
    if (position >= 0) rest.splice(position, 1)
    return position < 0
  })
}

/** What a CHECK finds fault with; both suites must say the same of the same attachment. */
const checksDiffer = (whose: string, { check }: Trial): string[] => {
  const [go, ours] = [check.Go.flatMap(failure), check.ours.flatMap(failure)]
  return [
    ...without(go, ours).map((message) => `CHECK of ${whose} attachment: only Go says ${message}`),
    ...without(ours, go).map((message) => `CHECK of ${whose} attachment: only ours says ${message}`),
  ]
}

const failure = ({ plugin, exitCode, printed }: Answer): string[] =>
  exitCode === 0 && printed === ''
    ? []
    : [`${plugin}: ${isTree(printed) && typeof printed.msg === 'string' ? printed.msg : JSON.stringify(printed)}`]
