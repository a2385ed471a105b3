import t from 'tap'
import { isMet, rowsOf } from './report.ts'
import type { Change, LoopSample, Sample } from './samples.ts'
import { renderTable } from './table.ts'

const timed = (milliseconds: number) => ({ milliseconds, cpuMilliseconds: milliseconds, longestTurn: 7 })
const change = (milliseconds: number): Change => ({ milliseconds, messages: 1, processes: 0 })

const loop = (services: number, milliseconds: number, tweaks: Partial<LoopSample> = {}): Sample => ({
  loop: { services, cold: timed(milliseconds), elsewhere: [], here: [], audits: [], ...tweaks },
})
const restore = (services: number, restoreMilliseconds: number): Sample => ({ restore: { services, restoreMilliseconds } })

const summary = (samples: readonly Sample[]): (readonly [string, number, boolean | undefined])[] =>
  rowsOf(samples).map((row) => [row.title, row.value, isMet(row)])

t.test('a cold start is compared with ipvsadm --restore of the same run, and with one of 1,000 Services', async (t) => {
  const samples = [
    loop(1_000, 100),
    restore(1_000, 100),
    loop(10_000, 900),
    loop(10_000, 700),
    restore(10_000, 900),
    restore(10_000, 1_100),
  ]
  t.same(
    summary(samples).filter(([title]) => title.includes('/')),
    [
      ['cold start / ipvsadm --restore, 1,000 Services', 1, undefined],
      ['cold start / ipvsadm --restore, 10,000 Services', 0.8, true],
      ['cold start of 10,000 / of 1,000 Services', 8, true],
    ],
  )
})

t.test('of single changes the medians are compared, and the largest counts must meet their targets', async (t) => {
  const samples = [
    loop(100, 1, { elsewhere: [change(1), change(2), change(30)] }),
    loop(10_000, 1, { elsewhere: [change(4), { ...change(4), messages: 5 }] }),
  ]
  t.same(summary(samples), [
    ['one endpoint more elsewhere, 100 Services', 2, undefined],
    ['one endpoint more elsewhere, 10,000 Services', 4, undefined],
    ['one endpoint more elsewhere, median at 10,000 / at 100 Services', 2, false],
    ['netlink messages for one endpoint more elsewhere', 5, false],
    ['processes for one endpoint more elsewhere', 0, true],
  ])
  t.equal(rowsOf(samples)[0]?.p99, 30)
})

t.test('one write of one audit misses the target', async (t) => {
  const audits = [
    { ...timed(5), writes: 0 },
    { ...timed(6), writes: 1 },
  ]
  t.same(summary([loop(100, 1, { audits })]).at(-1), ['writes of an audit without drift, 100 Services', 1, false])
})

t.test('memory and idleness have targets at 10,000 Services only', async (t) => {
  const process = {
    readyMilliseconds: 1,
    cpuMilliseconds: 1,
    residentBytes: 300 << 20,
    idleShare: 0.005,
    slowestAnswer: 3,
    changeMilliseconds: [],
  }
  const met = (services: number) => rowsOf([{ process: { services, ...process } }]).map(isMet)
  t.same(met(100), [undefined, undefined, undefined, undefined, undefined])
  t.same(met(10_000), [false, true, undefined, undefined, undefined])
})

t.test('the table says what was missed', async (t) => {
  t.equal(
    renderTable(rowsOf([{ restore: { services: 10_000, restoreMilliseconds: 100 } }, loop(10_000, 90)])),
    `                                                  value  99th percentile  target
cold start of 10,000 Services                     90 ms            90 ms
ipvsadm --restore of 10,000 Services             100 ms           100 ms
cold start / ipvsadm --restore, 10,000 Services    0.90                   <= 0.8  NOT MET
longest turn in a cold start of 10,000 Services    7 ms             7 ms
`,
  )
})

t.test('the slowest answer of /healthz has a target at 10,000 Services', async (t) => {
  const sampleOf = (services: number) => rowsOf([{ health: { services, readyMilliseconds: 4000, answers: [10, 101, 20] } }])
  t.match(
    sampleOf(10_000).map(({ value, most }) => [value, most]),
    [
      [101, 100],
      [20, undefined],
      [4000, undefined],
    ],
  )
  t.same(
    sampleOf(1_000).map(({ most }) => most),
    [undefined, undefined, undefined],
  )
})
