import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { announcePresence, isProxyRunning } from './presence.ts'

t.test('of two proxies the second is told of the first, and is seen when the first has ended', async (t) => {
  const name = `\0selvedge-test-${randomUUID()}`
  const retries: (() => void)[] = []
  const others: string[] = []
  const announce = (who: string) =>
    announcePresence({
      name,
      scheduler: {
        after: (_, action) => {
          retries.push(action)
          return () => void retries.splice(retries.indexOf(action), 1)
        },
      },
      onOther: () => void others.push(who),
    })
  t.equal(await isProxyRunning(name), false)
  const leaveFirst = announce('first')
  const leaveSecond = announce('second')
  while (retries.length === 0) await turn()
  t.strictSame(others, ['second'])
  retries.shift()?.()
  while (retries.length === 0) await turn()
  t.strictSame(others, ['second'], 'it is told once')

  leaveFirst()
  retries.shift()?.()
  while (!(await isProxyRunning(name))) await turn()
  t.strictSame(retries, [])
  leaveSecond()
  while (await isProxyRunning(name)) await turn()
  t.strictSame(others, ['second'])
})

t.test('one that ends while it waits for the name waits no longer', async (t) => {
  const name = `\0selvedge-test-${randomUUID()}`
  let waiting = 0
  const after = () => {
    waiting += 1
    return () => {
      waiting -= 1
    }
  }
  const leave = [1, 2].map(() => announcePresence({ name, scheduler: { after }, onOther: () => {} }))
  while (waiting === 0) await turn()
  for (const each of leave) each()
  t.equal(waiting, 0)
})
