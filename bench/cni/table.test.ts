import t from 'tap'
import { countRow } from './report.ts'
import { renderTable } from './table.ts'

const summary = (median: number, q1 = median, q3 = median) => ({ median, q1, q3, samples: 3 })

t.test('a row says both medians with their quartiles, the ratios, and whether the target is met', async (t) => {
  const row = { measure: 'chain', unit: 'ms', ours: summary(12.34, 11, 150.6), go: summary(24.68) } as const
  const [, met, missed, free] = renderTable([
    { ...row, title: 'ADD chain', ratio: 0.5, cpuRatio: 0.75, target: { of: 'ratio', most: 0.5 } },
    { ...row, title: 'DEL chain', ratio: 0.6, target: { of: 'ratio', most: 0.5 } },
    { ...row, title: 'ADD other', ratio: 0.6 },
  ]).split('\n')
  t.equal(met, 'ADD chain          12.3 [11 151] ms                 24.7 ms   0.50  0.75  <= 0.5      met')
  t.equal(missed, 'DEL chain          12.3 [11 151] ms                 24.7 ms   0.60        <= 0.5  NOT MET')
  t.equal(free, 'ADD other          12.3 [11 151] ms                 24.7 ms   0.60')
})

t.test('numbers that have a target by themselves are compared with it, and nothing is divided by zero', async (t) => {
  const row = { measure: 'processes', title: 'processes', unit: 'processes' } as const
  const [, one, none] = renderTable([
    countRow({ ...row, ours: [1], go: [22], most: 2 }),
    countRow({ ...row, ours: [1], go: [0], most: 0 }),
  ]).split('\n')
  t.match(one, /1 processes\s+22 processes\s+0\.05\s+ours <= 2\s+met$/)
  t.match(none, /1 processes\s+0 processes\s+ours <= 0\s+NOT MET$/)
})
