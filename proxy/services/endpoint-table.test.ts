/** Every pair of endpoints, of all conditions, places and hints, against tables written by hand. A is the first of the pair, B the second. */
import t from 'tap'
import { chooseEndpoints } from './endpoints.ts'
import { endpoint, port, slice } from './testing/builders.ts'
import type { Endpoint } from './types.ts'

/** Ready, ending (serving while it terminates), or of no use. */
type Class = 'R' | 'E' | 'U'

const CONDITIONS: readonly (readonly [ready: boolean, serving: boolean, terminating: boolean, name: Class])[] = [
  [true, true, false, 'R'],
  [true, true, true, 'R'],
  [true, false, false, 'R'],
  [true, false, true, 'R'],
  [false, true, true, 'E'],
  [false, true, false, 'U'],
  [false, false, true, 'U'],
  [false, false, false, 'U'],
]

const HINTS = {
  '-': {},
  n: { forNodes: ['node-a'] },
  o: { forNodes: ['node-b', 'node-c'] },
  z: { forZones: ['zone-b', 'zone-a'] },
  x: { forZones: ['zone-b'] },
  nx: { forNodes: ['node-b', 'node-a'], forZones: ['zone-b'] },
  oz: { forNodes: ['node-b'], forZones: ['zone-a'] },
}
type Hint = keyof typeof HINTS
const HINT_NAMES: readonly Hint[] = ['-', 'n', 'o', 'z', 'x', 'nx', 'oz']

/** Who gets traffic, by the classes of both. */
const BY_CLASS: Readonly<Record<Class, Readonly<Record<Class, string>>>> = {
  R: { R: 'AB', E: 'A', U: 'A' },
  E: { R: 'B', E: 'AB', U: 'A' },
  U: { R: 'B', E: 'B', U: '' },
}
const ALONE: Readonly<Record<Class, boolean>> = { R: true, E: true, U: false }

/** Who of two ready ones, by the hints of A (row) and of B (column, in the order of HINT_NAMES), on node-a in zone-a. */
const BY_HINTS: Readonly<Record<Hint, readonly string[]>> = {
  '-': ['AB', 'AB', 'AB', 'AB', 'AB', 'AB', 'AB'],
  n: ['AB', 'AB', 'A', 'AB', 'AB', 'AB', 'A'],
  o: ['AB', 'B', 'AB', 'AB', 'AB', 'B', 'AB'],
  z: ['AB', 'AB', 'AB', 'AB', 'A', 'A', 'AB'],
  x: ['AB', 'AB', 'AB', 'B', 'AB', 'AB', 'B'],
  nx: ['AB', 'AB', 'A', 'B', 'AB', 'AB', 'A'],
  oz: ['AB', 'B', 'AB', 'AB', 'A', 'B', 'AB'],
}

/** The same where the zone is unknown: only hints for nodes count. */
const BY_HINTS_WITHOUT_ZONE: Readonly<Record<Hint, readonly string[]>> = {
  '-': ['AB', 'AB', 'AB', 'AB', 'AB', 'AB', 'AB'],
  n: ['AB', 'AB', 'A', 'AB', 'AB', 'AB', 'A'],
  o: ['AB', 'B', 'AB', 'AB', 'AB', 'B', 'AB'],
  z: ['AB', 'AB', 'AB', 'AB', 'AB', 'AB', 'AB'],
  x: ['AB', 'AB', 'AB', 'AB', 'AB', 'AB', 'AB'],
  nx: ['AB', 'AB', 'A', 'AB', 'AB', 'AB', 'A'],
  oz: ['AB', 'B', 'AB', 'AB', 'AB', 'B', 'AB'],
}

interface Kind {
  readonly class: Class
  readonly local: boolean
  readonly hint: Hint
  readonly endpoint: Endpoint
}

const KINDS: readonly Kind[] = CONDITIONS.flatMap(([ready, serving, terminating, name]) =>
  [true, false].flatMap((local) =>
    HINT_NAMES.map((hint) => {
      const made = endpoint('10.1.0.1', { ready, serving, terminating, nodeName: local ? 'node-a' : 'node-b', ...HINTS[hint] })
      return { class: name, local, hint, endpoint: made }
    }),
  ),
)

const localOf = (a: Kind, b: Kind): string => {
  if (a.local && b.local) return BY_CLASS[a.class][b.class]
  if (a.local) return ALONE[a.class] ? 'A' : ''
  return b.local && ALONE[b.class] ? 'B' : ''
}

const faults = ({ zone, byHints }: { zone: string; byHints: typeof BY_HINTS }): { faults: string[]; cases: number } => {
  const found: string[] = []
  let cases = 0
  for (const a of KINDS) {
    for (const b of KINDS) {
      cases += 1
      const endpoints = [a.endpoint, { ...b.endpoint, address: '10.1.0.2' }]
      const chosen = chooseEndpoints({ port: port(), family: 4, slices: [slice('a/b', endpoints)], node: { name: 'node-a', zone } })
      const letters = (set: typeof chosen.cluster): string => set.map(({ address }) => (address === '10.1.0.1' ? 'A' : 'B')).join('')
      const cluster = a.class === 'R' && b.class === 'R' ? byHints[a.hint][HINT_NAMES.indexOf(b.hint)] : BY_CLASS[a.class][b.class]
      if (letters(chosen.cluster) === cluster && letters(chosen.local) === localOf(a, b)) continue
      found.push(`${JSON.stringify(endpoints)}: cluster ${letters(chosen.cluster)}, local ${letters(chosen.local)}`)
    }
  }
  return { faults: found, cases }
}

t.test('every pair of endpoints, of all conditions, places and hints', async (t) => {
  t.same(faults({ zone: 'zone-a', byHints: BY_HINTS }), { faults: [], cases: 12_544 })
})

t.test('the same on a node whose zone is unknown', async (t) => {
  t.same(faults({ zone: '', byHints: BY_HINTS_WITHOUT_ZONE }), { faults: [], cases: 12_544 })
})
