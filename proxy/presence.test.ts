import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { isProxyRunning, takePlace } from './presence.ts'

/** A name of its own, and the waiting of whoever wants it: each second passes when the test says so. */
const scene = ({ user = 0 as number | undefined } = {}) => {
  const name = `\0selvedge-test-${randomUUID()}`
  const told: string[] = []
  const seconds: (() => void)[] = []
  const stop = new AbortController()
  const take = (who: string) =>
    takePlace({
      name,
      patience: 3_000,
      signal: stop.signal,
      listener: () => user,
      onWait: () => void told.push(`${who} waits`),
      onForeign: (reason) => void told.push(`${who}: ${reason.replace(name.slice(1), 'NAME')}`),
      scheduler: {
        after: (_, action) => {
          seconds.push(action)
          return () => void seconds.splice(0, seconds.length, ...seconds.filter((other) => other !== action))
        },
      },
    })
  const second = async (): Promise<void> => {
    while (seconds.length === 0) await turn()
    seconds[0]?.()
  }
  return { name, told, seconds, stop, take, second }
}

t.test('the second waits until the first has ended, and takes its place', async (t) => {
  const { name, told, take, second } = scene()
  t.equal(await isProxyRunning(name), false)
  const leaveFirst = await take('first')
  t.equal(await isProxyRunning(name), true)
  const other = take('second')
  await second()
  await second()
  leaveFirst?.()
  await second()
  const leaveSecond = await other
  t.equal(await isProxyRunning(name), true)
  t.same(told, ['second waits'])
  leaveSecond?.()
  while (await isProxyRunning(name)) await turn()
})

t.test('one whose patience ends says so in one sentence, and the first keeps its place', async (t) => {
  const { name, take, second } = scene()
  const leave = await take('first')
  const other = take('second').catch((error: unknown) => error)
  for (let passed = 0; passed < 3; passed++) await second()
  t.match(await other, {
    message: 'another selvedge proxy runs on this node and did not end within 3 s: stop it first; nothing was changed',
  })
  t.equal(await isProxyRunning(name), true)
  leave?.()
})

t.test('one that is told to end while it waits ends', async (t) => {
  const { take, stop, seconds } = scene()
  const leave = await take('first')
  const other = take('second')
  while (seconds.length === 0) await turn()
  stop.abort()
  t.equal(await other, undefined)
  t.equal(seconds.length, 0)
  leave?.()
})

t.test('somebody who is not root keeps no node without its proxy', async (t) => {
  const { take, told } = scene({ user: 1000 })
  const leave = await take('first')
  const other = await take('second')
  t.same(told, ['second: user 1000 holds the name @NAME'])
  other?.()
  leave?.()
})

t.test('where nobody can tell who it is, it is a proxy', async (t) => {
  const { take, told, second, stop } = scene({ user: undefined })
  const leave = await take('first')
  const other = take('second')
  await second()
  t.same(told, ['second waits'])
  stop.abort()
  await other
  leave?.()
})
