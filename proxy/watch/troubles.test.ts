import t from 'tap'
import { Failure } from './failure.ts'
import { simulatedLog } from './testing/simulated-log.ts'
import { Troubles } from './troubles.ts'

const scene = () => {
  const log = simulatedLog()
  const troubles = new Troubles(log, 'services')
  const fail = (seconds: number, message: string, reason: 'network' | 'ended' | 'internal' = 'network') =>
    troubles.failed({ failure: new Failure(reason, message), now: seconds * 1000, delay: 5000, relist: false })
  return { log, troubles, fail }
}

t.test('an outage of an hour is one line a minute, and one when it is over', async (t) => {
  const { log, troubles, fail } = scene()
  for (let seconds = 0; seconds < 3600; seconds += 5) fail(seconds, 'connect ECONNREFUSED 10.0.0.1:6443')
  t.equal(log.lines.length, 60)
  t.strictSame([...new Set(log.lines)], ['warn: watching services: connect ECONNREFUSED 10.0.0.1:6443'])
  troubles.over()
  troubles.over()
  t.strictSame(log.lines.slice(60), ['info: watching services goes on'])
})

t.test('another failure is told at once, and the first one again after it was over', async (t) => {
  const { log, troubles, fail } = scene()
  fail(0, 'a')
  fail(1, 'b', 'internal')
  fail(2, 'a')
  troubles.over()
  fail(3, 'a')
  const a = 'warn: watching services: a'
  t.strictSame(log.lines, [a, 'error: watching services failed', a, 'info: watching services goes on', a])
})

t.test('a watch that the server ends is no trouble', async (t) => {
  const { log, troubles, fail } = scene()
  fail(0, 'the server closed the watch', 'ended')
  troubles.over()
  t.strictSame(log.lines, [])
})
