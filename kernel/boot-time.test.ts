import t from 'tap'
import { bootTime, earliestOf } from './boot-time.ts'

const HOUR = 3_600_000

t.test('with a steady clock both reckonings agree', async (t) => {
  t.equal(earliestOf({ now: 100 * HOUR, uptime: 10 * HOUR, procMounted: 90 * HOUR }), 90 * HOUR)
})

t.test('after a jump of the clock, or a pause of the virtual machine, the earlier moment counts', async (t) => {
  t.equal(earliestOf({ now: 150 * HOUR, uptime: 10 * HOUR, procMounted: 90 * HOUR }), 90 * HOUR, 'set forward by 50 hours')
  t.equal(earliestOf({ now: 60 * HOUR, uptime: 10 * HOUR, procMounted: 90 * HOUR }), 50 * HOUR, 'set back by 40 hours')
})

t.test('this machine has booted, not later than this process started', async (t) => {
  t.ok(bootTime() > 0)
  t.ok(bootTime() <= Date.now() - process.uptime() * 1000)
})
