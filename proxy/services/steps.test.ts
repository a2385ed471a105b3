import t from 'tap'
import { inOneGo, type Steps, waitFor } from './steps.ts'

function* asking(promise: Promise<number>): Steps<string> {
  return `got ${yield* waitFor(promise)}`
}

t.test('a step that waits ends in what it waits for, and the next one has what that gave', async (t) => {
  const steps = asking(Promise.resolve(7))
  const { value } = steps.next()
  await value
  t.same(steps.next(), { done: true, value: 'got 7' })
})

t.test('what it waits for may fail: the wait is over, and the next step throws', async (t) => {
  const steps = asking(Promise.reject(new Error('no nft')))
  await steps.next().value
  t.throws(() => steps.next(), { message: 'no nft' })
})

t.test('who takes all steps at once cannot wait', async (t) => {
  t.throws(() => inOneGo(asking(Promise.resolve(7))), { message: 'the next step came before what it waits for' })
})

t.test('what is there already ends no step', async (t) => {
  t.equal(inOneGo(waitFor(7)), 7)
})
