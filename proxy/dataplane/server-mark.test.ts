import t from 'tap'
import type { VirtualServer } from '#kernel/ipvs/types.ts'
import { flagsOfScheduler, isMarkable, isMarked, withMark } from './server-mark.ts'

const server = (scheduler: string, schedulerFlags: number, persistenceSeconds: number): VirtualServer => ({
  ...{ protocol: 'tcp', address: '192.0.2.1', port: 30_080 },
  ...{ scheduler, schedulerFlags, persistenceSeconds },
})

t.test('without persistence the mark stands in the timeout, and the flags stay', async (t) => {
  const plain = server('mh', 0x28, 0)
  t.equal(isMarked(plain), false)
  t.strictSame(withMark(plain), { ...plain, spareSeconds: 83 })
  t.equal(isMarked(withMark(plain)), true)
  t.equal(isMarked({ ...plain, spareSeconds: 84 }), false)
  t.equal(flagsOfScheduler(withMark(plain)), 0x28)
})

t.test('with persistence it is a flag that no scheduler knows', async (t) => {
  const sticky = server('sh', 0x8, 10_800)
  t.equal(isMarked(sticky), false)
  t.strictSame(withMark(sticky), { ...sticky, schedulerFlags: 0x28 })
  t.equal(isMarked(withMark(sticky)), true)
  t.equal(flagsOfScheduler(withMark(sticky)), 0x8)
  t.equal(isMarked({ ...sticky, spareSeconds: 83 }), false)
})

t.test('what kube-router writes for somebody’s mh flags is not taken for ours, and not written by us', async (t) => {
  const asked = server('mh', 0x38, 600)
  t.equal(isMarked(asked), false)
  t.equal(isMarkable(asked), false)
  t.strictSame(withMark(asked), asked)
  t.equal(flagsOfScheduler(asked), 0x38)
})
