/** While what carries the Services is made, by a program that nobody waits for, nothing is put into it. */
import t from 'tap'
import { type Steps, waitFor } from './steps.ts'
import { service, slice } from './testing/builders.ts'
import { createFakeDataPlane } from './testing/fake-data-plane.ts'
import { createHarness } from './testing/harness.ts'

/** A kernel whose base is made by programs, which end when the test says so. */
const slowBase = () => {
  const programs: { readonly end: (error?: Error) => void }[] = []
  function* ensureBase(): Steps<boolean> {
    yield* waitFor(
      new Promise<void>((resolve, reject) => {
        programs.push({ end: (error) => (error === undefined ? resolve() : reject(error)) })
      }),
    )
    return true
  }
  const plane = Object.assign(createFakeDataPlane(), { ensureBase })
  const harness = createHarness({ plane, auditPeriod: 60_000 })
  const end = async (error?: Error): Promise<void> => {
    programs.shift()?.end(error)
    await new Promise(setImmediate)
    harness.time.settle()
  }
  return { ...harness, programs, end }
}

t.test('at the start, and at an audit', async (t) => {
  const { send, kernel, end, programs, controller, time } = slowBase()
  t.same(send(service('a/b')), [])
  await end()
  t.equal(kernel().length, 4)
  t.equal(controller.status().ready, true)
  time.advance(60_000)
  t.equal(programs.length, 1, 'an audit has begun')
  t.same(send(slice('a/b', ['10.20.1.5'])), [])
  await end()
  t.equal(kernel().length, 5)
})

t.test('a failure of it is the audit’s, which is tried once more at once and then later', async (t) => {
  const { told, end, programs, controller } = slowBase()
  await end(new Error('no nft'))
  await end(new Error('no nft'))
  t.same(told, ['failed audit: no nft'])
  t.equal(programs.length, 0)
  t.equal(controller.status().ready, false)
})
