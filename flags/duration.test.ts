import t from 'tap'
import { parseDuration } from './duration.ts'

const LEGAL: readonly (readonly [text: string, milliseconds: number])[] = [
  ['0', 0],
  ['0s', 0],
  ['-0', -0],
  ['5s', 5_000],
  ['1m30s', 90_000],
  ['5m0s', 300_000],
  ['300ms', 300],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1.s', 1_000],
  ['+2s', 2_000],
  ['-1m', -60_000],
  ['2h45m30.5s', 9_930_500],
  ['100us', 0.1],
  ['100µs', 0.1],
]

t.test('a duration is what Go writes', async (t) => {
  for (const [text, milliseconds] of LEGAL) t.equal(parseDuration(text), milliseconds, text)
})

t.test('a number without a unit, an unknown unit and anything left over is no duration', async (t) => {
  for (const text of ['', '5', '5 s', '5d', 's', '.s', '5sx', '5s 3s', '1m-3s', '--5s', '1e3s', '٣s']) {
    t.equal(parseDuration(text), undefined, JSON.stringify(text))
  }
})
