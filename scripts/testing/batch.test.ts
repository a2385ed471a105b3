import t from 'tap'
import { allFramesOf, framesOf, splitMachineWork, splitWork } from './batch.ts'

const OUTPUT = `TAP version 14
# Subtest: net/a.test.ts
    # Subtest: a title
        ok 1 - a point
        1..1
    ok 1 - a title # time=3ms
    
    1..1
ok 1 - net/a.test.ts # time=4ms

# Subtest: net/b.test.ts
    ok 1 - a point
    1..1
ok 2 - net/b.test.ts # time=1.5ms

1..2
# time=9ms
`
const FILES = ['net/a.test.ts', 'net/b.test.ts']

t.test('files that need a kernel run alone and first, the others in batches', async (t) => {
  const many = Array.from({ length: 31 }, (_, index) => `net/${index}.test.ts`)
  t.same(splitWork(['a.test.ts', 'test-netns/b.test.ts', 'net/c.test.ts']), [['test-netns/b.test.ts'], ['a.test.ts', 'net/c.test.ts']])
  t.same(
    splitWork(many).map(({ length }) => length),
    [30, 1],
  )
  t.same(splitWork([]), [])
})

t.test('in the virtual machine files share a process until they take a hundred seconds together', async (t) => {
  const seconds: Record<string, number> = { a: 250, b: 160, c: 80, d: 70, e: 50, f: 49, g: 5, h: 5 }
  t.same(
    splitMachineWork(Object.keys(seconds), (file) => seconds[file] ?? 0),
    [['a'], ['b'], ['c', 'd'], ['e', 'f', 'g'], ['h']],
  )
  t.same(
    splitMachineWork([], () => 1),
    [],
  )
})

t.test('all that a batch said can be taken, also what failed, but not what broke off', async (t) => {
  const failed = OUTPUT.replace('ok 1 - net', 'not ok 1 - net')
  const frames = allFramesOf(failed, 4)
  t.equal(frames.length, 2)
  t.match(frames[0], /^# Subtest: net\/a.test.ts\n[\s\S]*\nnot ok 4 - net\/a.test.ts # time=4ms\n/)
  t.match(frames[1], /\nok 5 - net\/b.test.ts # time=1.5ms\n+$/)
  t.same(allFramesOf(OUTPUT.replace(/ok 2 - net[\s\S]*/, ''), 4).length, 1)
  t.same(allFramesOf('', 4), [])
})

t.test('a batch gives a frame for each file, numbered on', async (t) => {
  const [one = '', other = ''] = framesOf(OUTPUT, FILES, 7) ?? []
  t.match(one, /^# Subtest: net\/a.test.ts\n {4}# Subtest: a title\n {8}ok 1 - a point\n/)
  t.match(one, /\nok 7 - net\/a.test.ts # time=4ms\n$/)
  t.equal(other, '# Subtest: net/b.test.ts\n    ok 1 - a point\n    1..1\nok 8 - net/b.test.ts # time=1.5ms\n')
})

t.test('a batch that is not plainly passed gives none', async (t) => {
  for (const [what, output] of Object.entries({
    'a failed file': OUTPUT.replace('ok 2 - net', 'not ok 2 - net'),
    'a skipped file': OUTPUT.replace('# time=1.5ms', '# SKIP'),
    'a file without tests': OUTPUT.replace('    ok 1 - a point\n    1..1\nok 2', '    1..0\nok 2'),
    'a file that is missing': OUTPUT.replace(/# Subtest: net\/b[\s\S]*/, ''),
    'a run that broke off': OUTPUT.replace(/ok 2 - net[\s\S]*/, ''),
    'something in between': OUTPUT.replace('ok 2 - net', 'Bail out!\nok 2 - net'),
  }))
    t.equal(framesOf(output, FILES, 1), undefined, what)
  t.equal(framesOf(OUTPUT, FILES.toReversed(), 1), undefined, 'another order')
})
