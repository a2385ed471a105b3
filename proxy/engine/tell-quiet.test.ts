import t from 'tap'
import { createFakeScheduler } from '../services/testing/fake-scheduler.ts'
import { tellQuiet } from './tell-quiet.ts'

/** A loop whose state the test sets, and how often the engine collected. */
const scene = () => {
  const time = createFakeScheduler()
  const state = { ready: false, pendingSince: undefined as number | undefined }
  const collections: number[] = []
  const started = time.now()
  const cancel = tellQuiet({ status: () => state, scheduler: time, collect: () => void collections.push(time.now() - started) })
  return { time, state, collections, cancel }
}

t.test('nothing is collected while the start is under way, however long it takes', async (t) => {
  const { time, collections } = scene()
  time.advance(600_000)
  t.same(collections, [])
})

t.test('two collections show the engine a quiet second, and no more follow', async (t) => {
  const { time, state, collections } = scene()
  time.advance(10_500)
  state.ready = true
  time.advance(600_000)
  t.same(collections, [12_000, 13_000])
})

t.test('what changes in between begins the quiet anew', async (t) => {
  const { time, state, collections } = scene()
  state.ready = true
  time.advance(2_500)
  state.pendingSince = time.now()
  time.advance(1_000)
  state.pendingSince = undefined
  time.advance(600_000)
  t.same(collections, [2_000, 5_000, 6_000])
})

t.test('stopping ends the looks', async (t) => {
  const { time, state, collections, cancel } = scene()
  cancel()
  state.ready = true
  time.advance(600_000)
  t.same(collections, [])
})
