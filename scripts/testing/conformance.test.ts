import t from 'tap'
import { CNI_CATALOGUES } from '../../test-netns/cni/checklist/catalogue.ts'
import { conformanceOf, conformanceProblems } from './conformance.ts'
import type { FileReport } from './read-tap.ts'

const catalogues = [
  {
    name: 'host-local',
    cases: [
      [1, 'proven'],
      [2, 'failing'],
      [3, 'skipped'],
      [4, 'forgotten'],
      [5, 'impossible', 'it cannot be'],
      [6, 'proven beside 1'],
    ],
  },
] as const

const reports: readonly FileReport[] = [
  {
    file: 'a.test.ts',
    passed: [
      'a.test.ts > [host-local 1] [host-local 6] rule > equal',
      'a.test.ts > [host-local 2] one',
      'a.test.ts > see [host-local 4]',
      'a.test.ts > other',
    ],
    failures: [{ name: 'a.test.ts > [host-local 2] two', detail: null }],
    skips: [],
    milliseconds: 1,
  },
  {
    file: 'b.test.ts',
    passed: ['b.test.ts > outer > [host-local 1] deep', 'b.test.ts > [bridge 1] of another catalogue', 'b.test.ts > [host-local 99] rule'],
    failures: [],
    skips: [{ name: 'b.test.ts > [host-local 3] rule', detail: 'no root' }],
    milliseconds: 1,
  },
]

t.test('a case is what the points whose titles begin with its name are', async (t) => {
  t.same(conformanceOf(catalogues, reports), [
    {
      name: 'host-local',
      cases: [
        { name: 'host-local 1', rule: 'proven', state: 'passed', files: ['a.test.ts', 'b.test.ts'] },
        { name: 'host-local 2', rule: 'failing', state: 'failed', files: ['a.test.ts'] },
        { name: 'host-local 3', rule: 'skipped', state: 'skipped', files: ['b.test.ts'] },
        { name: 'host-local 4', rule: 'forgotten', state: 'missing', files: [] },
        { name: 'host-local 5', rule: 'impossible', state: 'not applicable', reason: 'it cannot be', files: [] },
        { name: 'host-local 6', rule: 'proven beside 1', state: 'passed', files: ['a.test.ts'] },
      ],
    },
  ])
})

t.test('failed and missing cases are problems, and names that no catalogue has', async (t) => {
  t.same(conformanceProblems(catalogues, reports), [
    'failed: [host-local 2] failing',
    'missing: [host-local 4] forgotten',
    'no such case: [host-local 99] in b.test.ts',
  ])
})

t.test('the catalogues number the reference’s 150 cases without a gap', async (t) => {
  t.same(
    CNI_CATALOGUES.map(({ name, cases }) => [name, cases.length]),
    [
      ['bridge', 59],
      ['loopback', 2],
      ['host-local', 63],
      ['portmap', 26],
    ],
  )
  for (const { name, cases } of CNI_CATALOGUES) {
    t.same(
      cases.map(([number]) => number),
      cases.map((_, index) => index + 1),
      name,
    )
  }
})
