import t from 'tap'
import { failureOfStatus, REMEDIES } from './failure.ts'

t.test('the reason follows from the code and the words of a Status', async (t) => {
  const cases: readonly (readonly [code: number, status: unknown, reason: string])[] = [
    [410, {}, 'expired'],
    [410, undefined, 'expired'],
    [500, { code: 500, reason: 'Expired' }, 'expired'],
    [400, { code: 400, reason: 'Gone' }, 'expired'],
    [401, {}, 'unauthorized'],
    [429, {}, 'throttled'],
    [503, { details: { retryAfterSeconds: 2 } }, 'throttled'],
    [503, {}, 'server'],
    [500, 'oops', 'server'],
    [504, null, 'server'],
    [400, {}, 'invalid'],
    [422, {}, 'invalid'],
    [403, {}, 'refused'],
    [404, {}, 'refused'],
    [301, {}, 'refused'],
  ]
  for (const [code, status, reason] of cases) t.equal(failureOfStatus(status, code).reason, reason, `${code} ${JSON.stringify(status)}`)
})

t.test('an ERROR event has its code in the Status', async (t) => {
  t.equal(failureOfStatus({ code: 410 }).reason, 'expired')
  t.equal(failureOfStatus({ code: 429, details: { retryAfterSeconds: 3 } }).retryAfter, 3000)
  t.equal(failureOfStatus({}).reason, 'server')
})

t.test('the header about retrying wins over the body, and is obeyed for a minute at most', async (t) => {
  t.equal(failureOfStatus({ details: { retryAfterSeconds: 9 } }, 429, 2).retryAfter, 2000)
  t.equal(failureOfStatus({}, 429, 86_400).retryAfter, 60_000)
  for (const retryAfterSeconds of [-1, '5', null, Number.NaN])
    t.equal(failureOfStatus({ details: { retryAfterSeconds } }, 429).retryAfter, 0)
})

t.test('the message says what the server said, in bounded length', async (t) => {
  t.equal(failureOfStatus({ reason: 'Forbidden', message: 'no' }, 403).message, '403 Forbidden no')
  t.equal(failureOfStatus({ reason: 'X', message: 'y'.repeat(1000) }, 500).message.length, 300)
})

t.test('only what makes our view doubtful lists again', async (t) => {
  const relisting = Object.entries(REMEDIES).flatMap(([reason, { relist }]) => (relist ? [reason] : []))
  t.strictSame(relisting, ['expired', 'invalid', 'refused', 'garbage', 'internal'])
})

t.test('credentials are read anew when they may be the cause', async (t) => {
  const reloading = Object.entries(REMEDIES).flatMap(([reason, { reload }]) => (reload ? [reason] : []))
  t.strictSame(reloading, ['network', 'unauthorized'])
})
