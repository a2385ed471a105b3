import t from 'tap'
import { longestFirst, secondsOf } from './durations.ts'
import { findTests } from './find-tests.ts'

t.test('files that are known to take long come first, then those that need a kernel, then all others', async (t) => {
  const files = [
    'net/a.test.ts',
    'test-netns/a.test.ts',
    'test-netns/vm-only/proxy/faults.test.ts',
    'net/b.test.ts',
    'test-netns/cni/faults/kill.test.ts',
  ]
  t.same(longestFirst(files), [files[2], files[4], files[1], files[0], files[3]])
  t.same(files.map(secondsOf), [0, 4, 150, 0, 57])
})

t.test('a folder is no file, and a longer name another one', async (t) => {
  t.equal(secondsOf('test-netns/cni/faults/kill/a.test.ts'), 4)
  t.equal(secondsOf('test-netns/proxy/more-repair.test.ts'), 4)
})

t.test('every file that is known to take long is there', async (t) => {
  const known = findTests('.').filter((file) => file.startsWith('test-netns/') && secondsOf(file) !== 4)
  t.equal(known.length, 42)
})
