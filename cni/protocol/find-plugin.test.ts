import t from 'tap'
import { findPlugin } from './find-plugin.ts'

const find = (type: string, path: string, files: readonly string[] = []): string => findPlugin(type, path, (file) => files.includes(file))

t.test('[invoke] the first folder that has the file wins', async (t) => {
  t.equal(find('x', '/a:/b:/c', ['/b/x', '/c/x']), '/b/x')
  t.equal(find('x', '/a/', ['/a/x']), '/a/x')
})

t.test('[invoke] a folder without a name is not the working directory', async (t) => {
  t.throws(() => find('x', ':', ['/x', 'x']), { message: 'no paths provided' })
})

t.test('[invoke] failures have the sentences of the reference', async (t) => {
  t.throws(() => find('', '/a'), { message: 'no plugin name provided' })
  t.throws(() => find('a/b', '/a', ['/a/a/b']), { message: 'invalid plugin name: a/b' })
  t.throws(() => find('../b', '/a', ['/a/../b']), { message: 'invalid plugin name: ../b' })
  t.throws(() => find('x', ''), { message: 'no paths provided' })
  t.throws(() => find('x', '/a:/b'), { message: 'failed to find plugin "x" in path [/a /b]' })
})
