import t from 'tap'
import { createPace } from './pace.ts'

t.test('the first turn is a small one, and quick turns double it', async (t) => {
  const pace = createPace()
  const sizes = Array.from({ length: 7 }, () => {
    const { size } = pace
    pace.took(size, 1)
    return size
  })
  t.same(sizes, [16, 32, 64, 128, 256, 512, 1000])
})

t.test('a turn of 20 ms is what it settles at', async (t) => {
  const pace = createPace()
  for (let turn = 0; turn < 10; turn++) pace.took(pace.size, pace.size / 10)
  t.equal(pace.size, 200)
})

t.test('a slow turn makes the next one smaller at once, but not smaller than 16', async (t) => {
  const pace = createPace()
  for (let turn = 0; turn < 7; turn++) pace.took(pace.size, 1)
  pace.took(1000, 200)
  t.equal(pace.size, 100)
  pace.took(100, 5_000)
  t.equal(pace.size, 16)
})
