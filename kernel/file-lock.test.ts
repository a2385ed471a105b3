import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, statSync } from 'node:fs'
import t from 'tap'
import { libc } from '#libc'
import { withFileLock } from './file-lock.ts'

const LOCK_EX = 2
const LOCK_NB = 4
const EAGAIN = 11

/** What another one who tries the lock without waiting gets: 0, or -EAGAIN while it is held. */
const tryLock = (path: string): number => {
  const fd = openSync(path, 'r')
  const result = libc.flock(fd, LOCK_EX | LOCK_NB)
  closeSync(fd)
  return result
}

const openFiles = (): number => readdirSync('/proc/self/fd').length

t.test('the lock is held while the action runs, and not after', async (t) => {
  const path = `${t.testdir()}/lock`
  const during = withFileLock(path, 0o750, () => tryLock(path))
  t.equal(during, -EAGAIN)
  t.equal(tryLock(path), 0)
})

t.test('the file is made with its mode, and an existing one is kept', async (t) => {
  const folder = t.testdir({ kept: 'content' })
  withFileLock(`${folder}/made`, 0o640, () => undefined)
  t.equal(statSync(`${folder}/made`).mode & 0o777, 0o640)
  withFileLock(`${folder}/kept`, 0o640, () => undefined)
  t.equal(statSync(`${folder}/kept`).size, 7)
})

t.test('a pipe in the place of the file is locked without waiting for who writes into it', async (t) => {
  const path = `${t.testdir()}/lock`
  execFileSync('mkfifo', [path])
  t.equal(
    withFileLock(path, 0o600, () => 'ran'),
    'ran',
  )
})

t.test('an action that throws gives the lock back', async (t) => {
  const path = `${t.testdir()}/lock`
  const failing = (): never => {
    throw new RangeError('inside')
  }
  t.throws(() => withFileLock(path, 0o600, failing), new RangeError('inside'))
  t.equal(tryLock(path), 0)
})

t.test('an action that would go on without the lock is refused', async (t) => {
  const path = `${t.testdir()}/lock`
  t.throws(() => withFileLock(path, 0o600, async () => 1), { name: 'TypeError', message: /synchronous/ })
  t.equal(tryLock(path), 0)
})

t.test('a file that cannot be opened is an error of the file system', async (t) => {
  t.throws(() => withFileLock(`${t.testdir()}/no/lock`, 0o600, () => undefined), { code: 'ENOENT' })
})

t.test('no file stays open', async (t) => {
  const path = `${t.testdir()}/lock`
  const before = openFiles()
  for (let round = 0; round < 20; round++) withFileLock(path, 0o600, () => undefined)
  t.equal(openFiles(), before)
})
