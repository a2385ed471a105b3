import t from 'tap'
import { Backoff } from './backoff.ts'

t.test('the cap doubles from 0.2 to 10 seconds, and the wait is any part of it', async (t) => {
  let chance = 1
  const backoff = new Backoff({ random: () => chance })
  const waits = Array.from({ length: 8 }, () => backoff.next())
  t.strictSame(waits, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
  chance = 0
  t.equal(backoff.next(), 0)
  chance = 0.25
  t.equal(backoff.next(), 2500)
  t.equal(backoff.failures, 10)
})

t.test('a success starts the series anew', async (t) => {
  const backoff = new Backoff({ random: () => 1 })
  backoff.next()
  backoff.next()
  backoff.reset()
  t.equal(backoff.failures, 0)
  t.equal(backoff.next(), 200)
})

t.test('a thousand failures in a row do not overflow the cap', async (t) => {
  const backoff = new Backoff({ random: () => 1 })
  for (let failure = 0; failure < 2000; failure++) backoff.next()
  t.equal(backoff.next(), 10_000)
})
