import t from 'tap'
import type { Log } from '../log.ts'
import { createFakeScheduler } from '../services/testing/fake-scheduler.ts'
import type { NoticeReason, ServiceNotice } from '../services/types.ts'
import type { EventFacts } from './event.ts'
import { createEventRecorder } from './recorder.ts'
import type { Sent } from './send-event.ts'

const notice = (message = 'no', reason: NoticeReason = 'ExternalAddressRefused'): ServiceNotice => ({ type: 'Warning', reason, message })
const web = { key: 'shop/web', uid: 'u-1' }

const scene = (answer: (facts: EventFacts) => Sent = ({ count }) => ({ result: 'sent', count })) => {
  const time = createFakeScheduler(0)
  const sent: string[] = []
  const counted: string[] = []
  const lines: string[] = []
  const write = (message: string): void => void lines.push(message)
  const log: Log = { error: write, warn: write, info: write, debug: () => {}, trace: () => {} }
  const recorder = createEventRecorder({
    send: async (facts, known) => {
      sent.push(`${known ? 'again' : 'new'} ${facts.service.key} ${facts.notice.message} x${facts.count}`)
      return answer(facts)
    },
    scheduler: time,
    log,
    node: 'node-a',
    count: (result) => counted.push(result),
  })
  /** Lets time pass, and what was sent be answered, in steps. */
  const pass = async (milliseconds: number, step = 1_000): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += step) {
      time.advance(step)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { recorder, sent, counted, lines, pass, time }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('the first is sent at once; what repeats itself is one Event, written again once in a minute', async (t) => {
  const { recorder, sent, pass } = scene()
  recorder.report(web, notice())
  await settled()
  for (let round = 0; round < 100; round++) recorder.report(web, notice('still no'))
  await pass(59_000)
  t.same(sent, ['new shop/web no x1'])
  await pass(2_000)
  t.same(sent, ['new shop/web no x1', 'again shop/web still no x101'])
  await pass(300_000, 10_000)
  t.equal(sent.length, 2)
})

t.test('what holds is written again every half an hour, until it is withdrawn', async (t) => {
  const { recorder, sent, pass } = scene()
  recorder.report(web, notice())
  recorder.report(web, notice('other', 'AddressInUse'))
  await pass(31 * 60_000, 30_000)
  t.same(sent.splice(0), ['new shop/web no x1', 'new shop/web other x1', 'again shop/web no x2', 'again shop/web other x2'])
  recorder.withdraw('shop/web', 'AddressInUse')
  recorder.withdraw('shop/unknown', 'AddressInUse')
  await pass(60 * 60_000, 30_000)
  t.same(sent.splice(0), ['again shop/web no x3', 'again shop/web no x4'])
  recorder.report(web, notice('other', 'AddressInUse'))
  await pass(60_000)
  t.same(sent, ['again shop/web other x3'], 'it is back')
})

t.test('a storm of Services is sent at a pace, in order, one at a time', async (t) => {
  const { recorder, sent, pass } = scene()
  for (let index = 0; index < 50; index++) recorder.report({ key: `shop/s${index}`, uid: `${index}` }, notice())
  for (let round = 0; round < 30; round++) await settled()
  t.equal(sent.length, 20)
  await pass(10_000)
  t.equal(sent.length, 30)
  t.equal(sent[29], 'new shop/s29 no x1')
})

t.test('more than a thousand Services at once are dropped and counted, and later there is room again', async (t) => {
  const { recorder, counted, sent, pass } = scene()
  for (let index = 0; index < 1_005; index++) recorder.report({ key: `shop/s${index}`, uid: '' }, notice())
  t.same(counted, ['dropped', 'dropped', 'dropped', 'dropped'], 'one is on its way')
  await pass(2_000)
  recorder.report({ key: 'shop/late', uid: '' }, notice())
  await pass(1_000_000)
  t.equal(sent.at(-1), 'new shop/late no x1')
})

t.test('without an answer it tries again, less and less often, and loses nothing', async (t) => {
  let away = true
  const { recorder, sent, pass } = scene(({ count }) => (away ? { result: 'failed', reason: 'ECONNREFUSED' } : { result: 'sent', count }))
  recorder.report(web, notice())
  await pass(180_000)
  t.ok(sent.length >= 7 && sent.length <= 10, `${sent.length} attempts in three minutes`)
  away = false
  await pass(61_000)
  const attempts = sent.length
  await pass(300_000, 10_000)
  t.equal(sent.length, attempts)
})

t.test('when Events are forbidden that is one log line, and nothing is sent any more', async (t) => {
  const { recorder, sent, lines, pass } = scene(() => ({ result: 'forbidden', reason: '403' }))
  for (let index = 0; index < 5; index++) recorder.report({ key: `shop/s${index}`, uid: '' }, notice())
  await pass(5_000)
  recorder.report(web, notice())
  await pass(5_000)
  t.equal(sent.length, 1)
  t.same(lines, ['may not write Events: notices about Services are logged only (RBAC: create and patch of events)'])
})

t.test('what the server finds wrong is not sent again by itself', async (t) => {
  const { recorder, sent, pass } = scene(() => ({ result: 'refused', reason: '422' }))
  recorder.report(web, notice())
  await pass(300_000, 10_000)
  t.equal(sent.length, 1)
})

t.test('a count that others have driven up goes on from theirs', async (t) => {
  const { recorder, sent, pass } = scene(({ count }) => ({ result: 'sent', count: count + 40 }))
  recorder.report(web, notice())
  await settled()
  recorder.report(web, notice())
  await pass(61_000)
  t.same(sent, ['new shop/web no x1', 'again shop/web no x42'])
})

t.test('a Service that was made anew under its name has Events of its own', async (t) => {
  const { recorder, sent, pass } = scene()
  recorder.report(web, notice())
  await settled()
  recorder.report({ key: 'shop/web', uid: 'u-2' }, notice())
  await pass(61_000)
  t.same(sent, ['new shop/web no x1', 'new shop/web no x1'])
})

t.test('after closing nothing is sent', async (t) => {
  const { recorder, sent, pass } = scene()
  recorder.close()
  recorder.report(web, notice())
  await pass(5_000)
  t.same(sent, [])
})

t.test('a clock that is set back or forward by a month changes no pace; Events carry the date', async (t) => {
  for (const step of [-2_592_000_000, 2_592_000_000]) {
    const dates: number[] = []
    const { recorder, sent, pass, time } = scene(({ last, count }) => {
      dates.push(last)
      return { result: 'sent', count }
    })
    time.setDate(1_700_000_000_000)
    recorder.report(web, notice())
    await settled()
    time.setDate(1_700_000_000_000 + step)
    recorder.report(web, notice())
    await pass(58_000)
    t.equal(sent.length, 1)
    await pass(3_000)
    t.equal(sent.length, 2)
    t.same(dates, [1_700_000_000_000, 1_700_000_000_000 + step])
  }
})
