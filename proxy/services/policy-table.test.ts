/** Every situation of endpoints under every pair of policies, at every kind of address, for clients inside and outside, in both families. */
import t from 'tap'
import { endpoint, port, service, slice } from './testing/builders.ts'
import { compiled, viewWith } from './testing/compiling.ts'
import { walk } from './testing/walk.ts'
import type { EndpointSlice, TrafficPolicy } from './types.ts'

const ending = { ready: false, serving: true, terminating: true }
const unready = { ready: false, serving: false, terminating: false }

/** R, L: ready on another node, on this one; r, l: ending; u: not ready on this node. Then who answers under policy Cluster, and under Local. */
const SITUATIONS: readonly (readonly [endpoints: string, cluster: string, local: string])[] = [
  ['', 'refused', 'refused'],
  ['R', 'R', 'dropped'],
  ['L', 'L', 'L'],
  ['RL', 'R L', 'L'],
  ['r', 'r', 'dropped'],
  ['l', 'l', 'l'],
  ['rl', 'r l', 'l'],
  ['Rl', 'R', 'l'],
  ['rL', 'L', 'L'],
  ['RLrl', 'R L', 'L'],
  ['u', 'refused', 'refused'],
  ['Ru', 'R', 'dropped'],
  ['ru', 'r', 'dropped'],
  ['lu', 'l', 'l'],
]

const SITES = {
  4: { R: '10.1.1.1', L: '10.1.0.1', r: '10.1.1.2', l: '10.1.0.2', u: '10.1.0.3' },
  6: { R: 'fd00:1:1::1', L: 'fd00:1::1', r: 'fd00:1:1::2', l: 'fd00:1::2', u: 'fd00:1::3' },
} as const
type Letter = keyof (typeof SITES)[4]

const made = (letter: string, address: string) =>
  endpoint(address, {
    nodeName: letter === 'R' || letter === 'r' ? 'node-b' : 'node-a',
    ...('rl'.includes(letter) ? ending : letter === 'u' ? unready : {}),
  })

const slicesOf = (letters: string): EndpointSlice[] =>
  ([4, 6] as const).map((family) =>
    slice(
      'a/b',
      [...letters].map((letter) => made(letter, SITES[family][letter as Letter])),
      { key: `a/b-${family}`, family },
    ),
  )

const ADDRESSES = {
  4: { cluster: '10.96.0.10', node: '192.0.2.1', external: '198.51.100.7', balancer: '203.0.113.7' },
  6: { cluster: 'fd00:96::a', node: '2001:db8::1', external: '2001:db8:7::7', balancer: '2001:db8:8::7' },
} as const

const view = viewWith({ nodePortAddresses: ['192.0.2.1', '2001:db8::1'], ownAddresses: ['192.0.2.1', '2001:db8::1'] })

interface Case {
  readonly situation: string
  readonly internal: TrafficPolicy
  readonly external: TrafficPolicy
}

const itemsOf = ({ situation, internal, external }: Case) =>
  compiled(
    [
      service('a/b', {
        clusterIps: ['10.96.0.10', 'fd00:96::a'],
        externalIps: ['198.51.100.7', '2001:db8:7::7'],
        loadBalancerIps: ['203.0.113.7', '2001:db8:8::7'],
        ports: [port({ nodePort: 30_080 })],
        internalTrafficPolicy: internal,
        externalTrafficPolicy: external,
      }),
      ...slicesOf(situation),
    ],
    { view },
  ).items

/** `R L` for the addresses of those endpoints; their order is the node's own affair. */
const shownAs = (outcome: string, family: 4 | 6): string => {
  const letters = (['R', 'L', 'r', 'l', 'u'] as const).filter((letter) => outcome.split(' ').includes(endpointText(SITES[family][letter])))
  return letters.length > 0 ? letters.join(' ') : outcome
}

const endpointText = (address: string): string => `${address}:8080`

const POLICIES = ['Cluster', 'Local'] as const
const ENTRIES = ['cluster', 'node', 'external', 'balancer'] as const

t.test('each kind of client gets, at each kind of address, exactly the endpoints of its policy', async (t) => {
  const faults: string[] = []
  let cases = 0
  for (const [situation, cluster, local] of SITUATIONS)
    for (const internal of POLICIES)
      for (const external of POLICIES) {
        const items = itemsOf({ situation, internal, external })
        for (const family of [4, 6] as const)
          for (const entry of ENTRIES)
            for (const inside of [true, false]) {
              cases += 1
              const policy = entry === 'cluster' ? internal : inside ? 'Cluster' : external
              const expected = policy === 'Local' ? local : cluster
              const packet = { address: ADDRESSES[family][entry], port: entry === 'node' ? 30_080 : 80, inside }
              const got = shownAs(walk(items, packet), family)
              if (got !== expected)
                faults.push(`${situation} ${internal}/${external} IPv${family} ${entry} inside=${inside}: ${got}, not ${expected}`)
            }
      }
  t.same({ faults, cases }, { faults: [], cases: 896 })
})

t.test('only VIPs are made local, and nothing but their Services answers there', async (t) => {
  for (const [situation] of SITUATIONS)
    for (const internal of POLICIES)
      for (const external of POLICIES) {
        const items = itemsOf({ situation, internal, external })
        t.same([...items.keys()].filter((key) => key.startsWith('route ')).sort(), [
          'route 10.96.0.10',
          'route 198.51.100.7',
          'route 2001:db8:7::7',
          'route 2001:db8:8::7',
          'route 203.0.113.7',
          'route fd00:96::a',
        ])
        for (const address of ['10.96.0.10', '198.51.100.7', '203.0.113.7', 'fd00:96::a', '2001:db8:7::7', '2001:db8:8::7'])
          t.same([walk(items, { address, port: 22 }), walk(items, { address, port: 80, protocol: 'udp' })], ['refused', 'refused'])
        t.same(walk(items, { address: '192.0.2.1', port: 22 }), 'passed')
      }
})

t.test('hairpin pairs are those of endpoints on this node that somebody may be sent to', async (t) => {
  const hairpins = (situation: string, policy: TrafficPolicy) =>
    [...itemsOf({ situation, internal: policy, external: policy }).keys()].filter((key) => key.includes('hairpin')).sort()
  t.same(hairpins('RL', 'Cluster'), ['element hairpin4 10.1.0.1 . 10.1.0.1', 'element hairpin6 fd00:1::1 . fd00:1::1'])
  t.same(hairpins('Rl', 'Cluster'), [])
  t.same(hairpins('Rl', 'Local'), ['element hairpin4 10.1.0.2 . 10.1.0.2', 'element hairpin6 fd00:1::2 . fd00:1::2'])
  t.same(hairpins('R', 'Local'), [])
})
