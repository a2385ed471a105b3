import t from 'tap'
import { SimulatedClock } from './testing/simulated-clock.ts'
import { startWatchdog } from './watchdog.ts'

t.test('silence is noticed once, after its whole time', async (t) => {
  const clock = new SimulatedClock()
  let silences = 0
  startWatchdog(
    clock,
    () => 1000,
    () => {
      silences += 1
    },
  )
  await clock.pass(999)
  t.equal(silences, 0)
  await clock.pass(1)
  t.equal(silences, 1)
  await clock.pass(10_000)
  t.equal(silences, 1)
})

t.test('every sign of life starts the time anew', async (t) => {
  const clock = new SimulatedClock()
  let silentAt: number | undefined
  const watchdog = startWatchdog(
    clock,
    () => 1000,
    () => {
      silentAt = clock.now()
    },
  )
  for (let touch = 0; touch < 5; touch++) {
    await clock.pass(900)
    watchdog.touch()
  }
  await clock.pass(5000)
  t.equal(silentAt, 5500)
})

t.test('a stopped watchdog leaves no timer', async (t) => {
  const clock = new SimulatedClock()
  const watchdog = startWatchdog(
    clock,
    () => 1000,
    () => t.fail('it was stopped'),
  )
  await clock.pass(900)
  watchdog.touch()
  await clock.pass(200)
  t.equal(clock.waiting, 1)
  watchdog.stop()
  t.equal(clock.waiting, 0)
})

t.test('a limit that grows meanwhile holds from then on', async (t) => {
  const clock = new SimulatedClock()
  let limit = 1000
  let silentAt: number | undefined
  startWatchdog(
    clock,
    () => limit,
    () => {
      silentAt = clock.now()
    },
  )
  await clock.pass(900)
  limit = 5000
  await clock.pass(10_000)
  t.equal(silentAt, 5000)
})
