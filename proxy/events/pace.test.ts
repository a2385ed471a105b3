import t from 'tap'
import { createPace } from './pace.ts'

t.test('so many at once, then one in a while, and a rest gives them back', async (t) => {
  const pace = createPace({ burst: 3, every: 1_000 })
  const waits: number[] = []
  let now = 10_000
  for (let round = 0; round < 5; round++) {
    waits.push(Math.max(0, pace.next() - now))
    now = Math.max(now, pace.next())
    pace.take(now)
  }
  t.same(waits, [0, 0, 0, 1_000, 1_000])
  now += 3_000
  for (let round = 0; round < 3; round++) {
    t.ok(pace.next() <= now)
    pace.take(now)
  }
  t.equal(pace.next() - now, 1_000)
})
