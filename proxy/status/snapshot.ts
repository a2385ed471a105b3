/** What a running proxy tells of itself: one line of JSON about the process, then one for each kernel object that was acknowledged. */
import type { Item } from '../services/item.ts'
import type { ServiceKey } from '../services/types.ts'

/** The first line. */
export interface ProxyFacts {
  readonly version: string
  /** Name of the Node. */
  readonly node: string
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly healthy: boolean
  readonly ready: boolean
  readonly eligible: boolean
  /** Why not; one short sentence each. */
  readonly reasons: readonly string[]
  /** Services of the cluster, and those that are not looked at yet. */
  readonly services: number
  readonly waiting: number
  readonly failures: readonly { readonly service: ServiceKey; readonly reason: string }[]
}

/** The other lines: an object, and the Services that want it; none: it is about to go. */
export interface Holding {
  readonly item: Item
  readonly owners: readonly ServiceKey[]
}

export interface Snapshot {
  readonly proxy: ProxyFacts
  readonly holdings: readonly Holding[]
}

/** Objects of one piece: writing a thousand takes a few milliseconds, after which others have a turn. */
const PIECE = 1_000

/** The lines of a snapshot, in pieces. */
export function* snapshotPieces(proxy: ProxyFacts, holdings: Iterable<Holding>): Generator<string> {
  yield `${JSON.stringify(proxy)}\n`
  let lines: string[] = []
  for (const { item, owners } of holdings) {
    lines.push(`${JSON.stringify({ item, owners })}\n`)
    if (lines.length < PIECE) continue
    yield lines.join('')
    lines = []
  }
  if (lines.length > 0) yield lines.join('')
}

/** A snapshot of its whole text, which a program of this very version wrote. @throws SyntaxError when it is cut short */
export const parseSnapshot = (text: string): Snapshot => {
  const [first = '', ...others] = text.split('\n')
  if (others.at(-1) !== '') throw new SyntaxError('the answer of the proxy is cut short')
  return {
    proxy: JSON.parse(first) as ProxyFacts,
    holdings: others.slice(0, -1).map((line) => JSON.parse(line) as Holding),
  }
}
