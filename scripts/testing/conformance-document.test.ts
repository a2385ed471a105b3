import t from 'tap'
import { conformanceDocument } from './conformance-document.ts'

t.test('the document says of every case what proves it, or why nothing does', async (t) => {
  const document = conformanceDocument({
    catalogues: [
      {
        name: 'bridge',
        cases: [
          { name: 'bridge 1', rule: 'a|b', state: 'passed', files: ['cni/a.test.ts', 'cni/b.test.ts'] },
          { name: 'bridge 2', rule: 'two', state: 'failed', files: ['cni/a.test.ts'] },
          { name: 'bridge 3', rule: 'three', state: 'not applicable', reason: 'there is none', files: [] },
          { name: 'bridge 4', rule: 'four', state: 'missing', files: [] },
        ],
      },
    ],
    recorded: {
      name: 'recorded',
      cases: [
        { name: 'recorded 1', rule: 'x', state: 'passed', files: ['g.test.ts'] },
        { name: 'recorded 2', rule: 'y', state: 'passed', files: ['g.test.ts'] },
        { name: 'recorded 3', rule: 'z', state: 'failed', files: ['g.test.ts'] },
      ],
    },
    differences: [{ name: 'y', reason: 'Better.' }],
    upstream: [{ name: 'Services', file: 'service.go', cases: [{ name: 'should serve', state: 'passed', files: ['a.test.ts'] }] }],
  })
  t.same(
    document.split('\n').filter((line) => /^\||^#/.test(line)),
    [
      '# Conformance',
      '| plugin | cases | passed | not applicable | failed | missing |',
      '| --- | --- | --- | --- | --- | --- |',
      '| bridge | 4 | 1 | 1 | 1 | 1 |',
      '| all | 4 | 1 | 1 | 1 | 1 |',
      '## bridge',
      '| case | shows that | here |',
      '| --- | --- | --- |',
      '| bridge 1 | a\\|b | [cni/a.test.ts](../cni/a.test.ts), [cni/b.test.ts](../cni/b.test.ts) |',
      '| bridge 2 | two | **failed**, [cni/a.test.ts](../cni/a.test.ts) |',
      '| bridge 3 | three | not applicable: there is none |',
      '| bridge 4 | four | **missing** |',
      '## Recorded behaviour',
      '| case | difference |',
      '| --- | --- |',
      '| `y` | Better. |',
      '## Service proxy',
      '| suite | names | passed | not applicable | not met | failed | missing |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| Services | 1 | 1 | 0 | 0 | 0 | 0 |',
      '| all | 1 | 1 | 0 | 0 | 0 | 0 |',
      '### Services: service.go',
      '| name | here |',
      '| --- | --- |',
      '| should serve | [a.test.ts](../a.test.ts) |',
    ],
  )
  t.match(document, '2 of 3 cases')
  t.match(document, '1 with the same exit code')
  t.match(document, 'and 1 with these deliberate differences')
})
