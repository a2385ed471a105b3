import fs, { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { type FileSystem, removeLeftovers, replaceFile } from './atomic-file.ts'

/** The real file system, with the name of each changing call kept in order; `fail` makes one of them throw. */
const recorded = (fail?: keyof FileSystem): { calls: string[]; files: FileSystem } => {
  const calls: string[] = []
  const wrap = (name: 'fchmodSync' | 'fsyncSync' | 'openSync' | 'renameSync' | 'unlinkSync' | 'writeFileSync') => ({
    [name]: (...values: never[]) => {
      calls.push(name.replace('Sync', ''))
      if (name === fail) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      return Reflect.apply(fs[name], fs, values)
    },
  })
  const files = Object.assign(
    { ...fs },
    wrap('openSync'),
    wrap('writeFileSync'),
    wrap('fchmodSync'),
    wrap('fsyncSync'),
    wrap('renameSync'),
    wrap('unlinkSync'),
  )
  return { calls, files }
}

t.test('a file is written beside its place, forced to disk, renamed, and its folder forced to disk', async (t) => {
  const directory = t.testdir({})
  const { calls, files } = recorded()
  t.equal(replaceFile(files, { directory, name: 'a.conflist', text: '{}\n' }), 'written')
  t.strictSame(calls, ['open', 'writeFile', 'fchmod', 'fsync', 'rename', 'open', 'fsync'])
  t.strictSame(readdirSync(directory), ['a.conflist'])
  t.equal(readFileSync(`${directory}/a.conflist`, 'utf8'), '{}\n')
  t.equal(statSync(`${directory}/a.conflist`).mode & 0o7777, 0o644)
})

t.test('the mode does not depend on the umask', async (t) => {
  const directory = t.testdir({})
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  replaceFile(fs, { directory, name: 'a.conflist', text: '{}' })
  t.equal(statSync(`${directory}/a.conflist`).mode & 0o7777, 0o644)
})

t.test('a file that is right already is not touched', async (t) => {
  const directory = t.testdir({ 'a.conflist': 'ä' })
  chmodSync(`${directory}/a.conflist`, 0o644)
  const { calls, files } = recorded()
  t.equal(replaceFile(files, { directory, name: 'a.conflist', text: 'ä' }), 'unchanged')
  t.strictSame(calls, [])
})

t.test('another text of the same length, and another mode, are replaced', async (t) => {
  const directory = t.testdir({ 'a.conflist': 'old', 'b.conflist': 'new' })
  chmodSync(`${directory}/a.conflist`, 0o644)
  chmodSync(`${directory}/b.conflist`, 0o600)
  for (const name of ['a.conflist', 'b.conflist']) {
    t.equal(replaceFile(fs, { directory, name, text: 'new' }), 'written')
    t.equal(replaceFile(fs, { directory, name, text: 'new' }), 'unchanged')
  }
})

t.test('a symbolic link in the place of the file is replaced and what it points to is left alone', async (t) => {
  const directory = t.testdir({ victim: 'secret' })
  symlinkSync(`${directory}/victim`, `${directory}/a.conflist`)
  t.equal(replaceFile(fs, { directory, name: 'a.conflist', text: 'secret' }), 'written')
  t.ok(lstatSync(`${directory}/a.conflist`).isFile())
  t.equal(readFileSync(`${directory}/victim`, 'utf8'), 'secret')
  t.equal(replaceFile(fs, { directory, name: 'a.conflist', text: 'new' }), 'written')
  t.equal(readFileSync(`${directory}/victim`, 'utf8'), 'secret')
})

for (const step of ['openSync', 'writeFileSync', 'fchmodSync', 'fsyncSync', 'renameSync'] as const) {
  t.test(`when ${step} fails the old file stays and nothing is left beside it`, async (t) => {
    const directory = t.testdir({ 'a.conflist': 'old' })
    t.throws(() => replaceFile(recorded(step).files, { directory, name: 'a.conflist', text: 'new' }), { code: 'ENOSPC' })
    t.strictSame(readdirSync(directory), ['a.conflist'])
    t.equal(readFileSync(`${directory}/a.conflist`, 'utf8'), 'old')
  })
}

t.test('a folder in the place of the file is an error, and stays', async (t) => {
  const directory = t.testdir({ 'a.conflist': {} })
  t.throws(() => replaceFile(fs, { directory, name: 'a.conflist', text: 'new' }), { code: 'EISDIR' })
  t.strictSame(readdirSync(directory), ['a.conflist'])
})

t.test('what a killed installer left is removed once it is old, and nothing else', async (t) => {
  const directory = t.testdir({
    'a.conflist': '',
    '.a.conflist.selvedge-old': '',
    '.a.conflist.selvedge-new': '',
    '.b.conflist.selvedge-old': '',
    '.a.conflist': '',
  })
  mkdirSync(`${directory}/.a.conflist.selvedge-folder`)
  for (const name of readdirSync(directory)) utimesSync(`${directory}/${name}`, 1_000, 1_000)
  writeFileSync(`${directory}/.a.conflist.selvedge-new`, '')
  utimesSync(`${directory}/.a.conflist.selvedge-new`, 1_500, 1_500)
  removeLeftovers(fs, { directory, names: ['a.conflist'], now: 1_601_000 })
  t.strictSame(readdirSync(directory).sort(), [
    '.a.conflist',
    '.a.conflist.selvedge-folder',
    '.a.conflist.selvedge-new',
    '.b.conflist.selvedge-old',
    'a.conflist',
  ])
})
