import t from 'tap'
import { upstreamSection } from './upstream-document.ts'

t.test('the section says of every name what shows it, or why nothing does', async (t) => {
  const lines = upstreamSection([
    {
      name: 'Services',
      file: 'service.go',
      cases: [
        { name: 'should serve', state: 'passed', files: ['a.test.ts'] },
        { name: 'should prevent', state: 'not applicable', reason: 'API', files: [] },
        { name: 'should be fast', state: 'not met', reason: 'it is slow', files: [] },
        { name: 'should serve more', state: 'missing', files: [] },
      ],
    },
  ])
  t.same(
    lines.filter((line) => /^\||^#/.test(line)),
    [
      '## Service proxy',
      '| suite | names | passed | not applicable | not met | failed | missing |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| Services | 4 | 1 | 1 | 1 | 0 | 1 |',
      '| all | 4 | 1 | 1 | 1 | 0 | 1 |',
      '### Services: service.go',
      '| name | here |',
      '| --- | --- |',
      '| should serve | [a.test.ts](../a.test.ts) |',
      '| should prevent | not applicable: API |',
      '| should be fast | **not met**: it is slow |',
      '| should serve more | **missing** |',
    ],
  )
})
