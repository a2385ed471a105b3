import { execFileSync } from 'node:child_process'
import t from 'tap'
import { readText } from './read-text.ts'

t.test('a file’s text', async (t) => {
  const path = t.testdir({ file: 'nameserver 192.0.2.3\n', empty: '' })
  t.equal(readText(`${path}/file`), 'nameserver 192.0.2.3\n')
  t.equal(readText(`${path}/empty`), '')
  t.equal(readText('/dev/null'), '')
})

t.test('what cannot be read fails in Go’s words', async (t) => {
  const path = t.testdir()
  t.throws(() => readText(`${path}/none`), { message: `open ${path}/none: no such file or directory` })
  t.throws(() => readText(path), { message: `read ${path}: is a directory` })
})

t.test('what has no end, or waits for another process, holds nobody up', async (t) => {
  t.throws(() => readText('/dev/zero'), { message: 'read /dev/zero: more than 65536 bytes' })
  const pipe = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [pipe])
  t.equal(readText(pipe), '')
})
