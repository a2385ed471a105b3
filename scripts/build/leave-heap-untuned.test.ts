import t from 'tap'
import { leaveHeapUntuned } from './leave-heap-untuned.ts'

t.test('the names of the files cannot be opened any more, wherever they stand', async (t) => {
  const given = Buffer.from('a/proc/self/cgroup\0/proc/self/maps /proc/self/statm/proc/self/cgroup')
  t.equal(leaveHeapUntuned(given).toString(), 'a\0proc/self/cgroup\0/proc/self/maps \0proc/self/statm\0proc/self/cgroup')
  t.equal(given.toString()[1], '/', 'the original stays')
})

t.test('a runtime that does not have the names has to be looked at anew', async (t) => {
  t.throws(() => leaveHeapUntuned(Buffer.from('/proc/self/cgroup')), {
    message: '/proc/self/statm does not occur in the executable: does this Bun still use it?',
  })
})
