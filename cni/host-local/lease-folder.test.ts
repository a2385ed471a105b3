import { mkdirSync, readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { openLeaseFolder, readText, type WithFileLock } from './lease-folder.ts'

/** Records what is locked instead of locking it. */
const recordingLock = () => {
  const locked: [string, number][] = []
  const withFileLock: WithFileLock = (path, mode, action) => {
    locked.push([path, mode])
    return action()
  }
  return { locked, withFileLock }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

t.test('[host-local 15] [host-local 16] the lock is the file `lock` in the folder, which is made first', async (t) => {
  const path = `${t.testdir()}/networks/mynet`
  const { locked, withFileLock } = recordingLock()
  t.equal(
    openLeaseFolder(path, withFileLock).locked(() => 'done'),
    'done',
  )
  t.same(locked, [[`${path}/lock`, 0o750]])
  t.equal(modeOf(path), 0o755)
})

t.test('files are made for root only, never over another, and replaced in place', async (t) => {
  const path = t.testdir()
  const folder = openLeaseFolder(path, recordingLock().withFileLock)
  t.equal(folder.create('10.0.0.2', 'one'), true)
  t.equal(folder.create('10.0.0.2', 'two'), false)
  t.equal(folder.read('10.0.0.2'), 'one')
  t.equal(modeOf(`${path}/10.0.0.2`), 0o600)
  folder.write('last_reserved_ip.0', '10.0.0.222')
  folder.write('last_reserved_ip.0', '10.0.0.3')
  t.equal(readFileSync(`${path}/last_reserved_ip.0`, 'utf8'), '10.0.0.3')
  t.equal(modeOf(`${path}/last_reserved_ip.0`), 0o600)
  t.same(folder.names().toSorted(), ['10.0.0.2', 'last_reserved_ip.0'])
})

t.test('what is missing reads as nothing and is removed without complaint; a folder is no lease', async (t) => {
  const path = t.testdir()
  const folder = openLeaseFolder(path, recordingLock().withFileLock)
  mkdirSync(`${path}/10.0.0.9`)
  t.equal(folder.read('10.0.0.1'), undefined)
  t.equal(folder.read('10.0.0.9'), undefined)
  t.equal(folder.create('10.0.0.9', 'x'), false)
  folder.remove('10.0.0.1')
})

t.test('failures read as Go prints them', async (t) => {
  const path = t.testdir({ file: '' })
  const folder = openLeaseFolder(`${path}/file`, recordingLock().withFileLock)
  t.throws(() => folder.create('x', ''), { message: `open ${path}/file/x: not a directory` })
  t.throws(() => readText(`${path}/none`), { message: `open ${path}/none: no such file or directory` })
})
