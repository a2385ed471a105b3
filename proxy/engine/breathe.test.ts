import t from 'tap'
import { breathe } from './breathe.ts'

const round = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('what comes in meanwhile, and what that leads to, is served before the action', async (t) => {
  const order: string[] = []
  const done = new Promise<void>((resolve) => {
    breathe(() => {
      order.push('action')
      resolve()
    })
  })
  // As a connection that is taken, a question that is read, and its answer: a round of the event loop each.
  await round()
  order.push('taken')
  await round()
  order.push('answered')
  await done
  t.same(order, ['taken', 'answered', 'action'])
})
