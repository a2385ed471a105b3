import t from 'tap'
import { ok, problem } from './finding.ts'
import { findingsJson, findingsText } from './table.ts'

const FINDINGS = [ok('nft', '1.0.6'), problem('API server', 'it said\r\n"no"', 'ask again')]

t.test('a row for each finding, advice below it, and what it comes to', async (t) => {
  t.equal(
    findingsText(FINDINGS),
    'ok       nft         1.0.6\n' + //
      'problem  API server  it said "no"\n' +
      '                     -> ask again\n' +
      '\nproblems: 1, warnings: 0\n',
  )
})

t.test('the same as data', async (t) => {
  t.strictSame(JSON.parse(findingsJson(FINDINGS)), {
    problems: 1,
    warnings: 0,
    findings: [
      { check: 'nft', verdict: 'ok', found: '1.0.6', advice: null },
      { check: 'API server', verdict: 'problem', found: 'it said\r\n"no"', advice: 'ask again' },
    ],
  })
})
