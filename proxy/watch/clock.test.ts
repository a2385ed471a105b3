import t from 'tap'
import { between, pause } from './clock.ts'
import { SimulatedClock, settle } from './testing/simulated-clock.ts'

t.test('a number between two is each of them, and nothing outside', async (t) => {
  const clock = new SimulatedClock()
  clock.chance = 0
  t.equal(between(clock, 300, 600), 300)
  clock.chance = 0.999_999
  t.equal(between(clock, 300, 600), 600)
  clock.chance = 0.5
  t.equal(between(clock, 300, 600), 450)
})

t.test('a pause ends after its time', async (t) => {
  const clock = new SimulatedClock()
  let over = false
  pause(clock, 100, new AbortController().signal).then(() => {
    over = true
  })
  await clock.pass(99)
  t.equal(over, false)
  await clock.pass(1)
  await settle()
  t.equal(over, true)
  t.equal(clock.waiting, 0)
})

t.test('a pause ends at once when it is called off, and leaves no timer', async (t) => {
  const clock = new SimulatedClock()
  const stop = new AbortController()
  const waiting = pause(clock, 100, stop.signal)
  stop.abort()
  await waiting
  t.equal(clock.waiting, 0)
  await pause(clock, 100, stop.signal)
  t.equal(clock.waiting, 0)
})
