import t from 'tap'
import { findTests, groupOf, selectTests } from './find-tests.ts'

t.test('a test file’s folder says what it needs to run on', async (t) => {
  t.equal(groupOf('net/cidr.test.ts'), 'unit')
  t.equal(groupOf('test-netns/cni/bridge.test.ts'), 'kernel')
  t.equal(groupOf('test-netns/vm-only/proxy/traffic.test.ts'), 'ipvs')
  t.equal(groupOf('test-netns/vm/machine.test.ts'), 'unit')
})

t.test('test files are found in all folders but those of others', async (t) => {
  const folder = t.testdir({
    net: { 'cidr.test.ts': '', 'cidr.ts': '', 'long.soak.ts': '' },
    'rules.test.ts': '',
    node_modules: { x: { 'x.test.ts': '' } },
    dist: { 'y.test.ts': '' },
    '.tap': { 'z.test.ts': '' },
  })
  t.same(findTests(folder), ['net/cidr.test.ts', 'rules.test.ts'])
  t.same(findTests(folder, 'soak'), ['net/long.soak.ts'])
})

t.test('files are chosen by name or folder, and a name that chooses nothing is refused', async (t) => {
  const files = ['net/a.test.ts', 'net/b.test.ts', 'network/c.test.ts']
  t.same(selectTests(files, []), files)
  t.same(selectTests(files, ['./net/']), ['net/a.test.ts', 'net/b.test.ts'])
  t.same(selectTests(files, ['net/b.test.ts', 'network']), ['net/b.test.ts', 'network/c.test.ts'])
  t.throws(() => selectTests(files, ['nett']), { message: 'no test file at nett' })
})
