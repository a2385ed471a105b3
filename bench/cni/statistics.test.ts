import t from 'tap'
import { summarize } from './statistics.ts'

t.test('the median is the middle value, or lies between the two middle ones', async (t) => {
  t.strictSame(summarize([9, 1, 5]), { median: 5, q1: 3, q3: 7, samples: 3 })
  t.strictSame(summarize([4, 1, 2, 3]), { median: 2.5, q1: 1.75, q3: 3.25, samples: 4 })
})

t.test('one value is its own median and quartiles', async (t) => {
  t.strictSame(summarize([7]), { median: 7, q1: 7, q3: 7, samples: 1 })
})

t.test('nothing cannot be summarized', async (t) => {
  t.throws(() => summarize([]), { message: 'no values to summarize' })
})
