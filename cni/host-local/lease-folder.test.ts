import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import t from 'tap'
import { type LeaseFolderEdges, openLeaseFolder } from './lease-folder.ts'
import type { LeaseFolder } from './leases.ts'

const BOOT = 1_700_000_000_000

/** A folder that records what is locked instead of locking it, on a machine that started at BOOT. */
const open = (path: string): { folder: LeaseFolder; locked: unknown[] } => {
  const locked: unknown[] = []
  const withFileLock: LeaseFolderEdges['withFileLock'] = (lock, mode, action) => {
    locked.push([lock, mode])
    return action()
  }
  return { locked, folder: openLeaseFolder(path, { withFileLock, bootTime: () => BOOT }) }
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

t.test('the lock is the file `lock` in the folder, which is made first', async (t) => {
  const path = `${t.testdir()}/networks/mynet`
  const { folder, locked } = open(path)
  t.equal(folder.exists(), false)
  t.equal(
    folder.locked(() => 'done'),
    'done',
  )
  t.same(locked, [[`${path}/lock`, 0o750]])
  t.equal(modeOf(path), 0o755)
  t.equal(folder.exists(), true)
})

t.test('files are made for root only, never over another, and replaced whole', async (t) => {
  const path = t.testdir()
  const { folder } = open(path)
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

t.test(
  'whoever reads a file while it is renewed sees the old or the new one: it is another file, unless a single write does it',
  async (t) => {
    const path = t.testdir({ 'last_reserved_ip.0': '10.0.0.222' })
    const { folder } = open(path)
    const file = `${path}/last_reserved_ip.0`
    const inodeAfter = (text: string): number => {
      folder.write('last_reserved_ip.0', text)
      t.equal(readFileSync(file, 'utf8'), text)
      return statSync(file).ino
    }
    const first = statSync(file).ino
    t.equal(inodeAfter('10.0.0.223'), first)
    const shorter = inodeAfter('10.0.0.3')
    t.not(shorter, first)
    t.equal(inodeAfter('10.0.0.4'), shorter)
    t.not(inodeAfter('10.0.0.55'), shorter)
    t.same(folder.names(), ['last_reserved_ip.0'])
  },
)

t.test('what is no file in a file’s place neither holds a call up nor fills its memory', async (t) => {
  const path = t.testdir()
  symlinkSync('/dev/zero', `${path}/last_reserved_ip.0`)
  execFileSync('mkfifo', [`${path}/last_reserved_ip.1`])
  const { folder } = open(path)
  t.throws(() => folder.read('last_reserved_ip.0'), { message: `read ${path}/last_reserved_ip.0: more than 262144 bytes` })
  t.equal(folder.read('last_reserved_ip.1'), '')
})

t.test('a link in a file’s place is replaced, never followed', async (t) => {
  const path = t.testdir({ elsewhere: 'kept' })
  symlinkSync(`${path}/elsewhere`, `${path}/last_reserved_ip.0`)
  symlinkSync(`${path}/elsewhere`, `${path}/10.0.0.2`)
  const { folder } = open(path)
  folder.write('last_reserved_ip.0', '10.0.0.3')
  t.equal(folder.create('10.0.0.2', 'x'), false)
  t.equal(readFileSync(`${path}/elsewhere`, 'utf8'), 'kept')
})

t.test('what a killed process had begun is gone with the next call', async (t) => {
  const path = t.testdir({ '.selvedge-new': 'c1\r\net' })
  const { folder } = open(path)
  t.same(folder.leases(), [])
  folder.locked(() => undefined)
  t.same(readdirSync(path), [])
})

t.test('leases are found by their text, without the white space around it', async (t) => {
  const path = t.testdir({
    '10.0.0.10': 'c1\r\neth0',
    '10.0.0.2': ' c1\r\neth0\n',
    '10.0.0.3': 'c1\r\neth',
    '10.0.0.4': '',
    '010.0.0.5': 'c1\r\neth0',
    'fd00::1': `${' '.repeat(5000)}c1\r\neth0`,
    lock: 'c1\r\neth0',
    'last_reserved_ip.0': 'c1\r\neth0',
  })
  const { folder } = open(path)
  t.same(
    folder
      .find(['c1\r\neth0'])
      .map(({ address }) => address)
      .toSorted(),
    ['10.0.0.10', '10.0.0.2', 'fd00::1'],
  )
  t.same(folder.find(['']), [{ address: '10.0.0.4', text: '' }])
  t.equal(folder.leases().length, 5)
})

t.test('what is no ordinary file is no lease, and takes its address', async (t) => {
  const path = t.testdir()
  mkdirSync(`${path}/10.0.0.9`)
  execFileSync('mkfifo', [`${path}/10.0.0.8`])
  symlinkSync('/dev/zero', `${path}/10.0.0.7`)
  symlinkSync(`${path}/nothing`, `${path}/10.0.0.6`)
  const { folder } = open(path)
  t.same(folder.leases(), [])
  for (const name of ['10.0.0.9', '10.0.0.8', '10.0.0.7', '10.0.0.6']) t.equal(folder.create(name, 'x'), false, name)
  t.equal(folder.read('10.0.0.9'), undefined)
})

t.test('what is missing reads as nothing and is removed without complaint', async (t) => {
  const { folder } = open(t.testdir())
  t.equal(folder.read('10.0.0.1'), undefined)
  t.equal(folder.has('10.0.0.1'), false)
  folder.remove('10.0.0.1')
})

t.test('a file of an earlier boot was written before this one began, by more than a clock’s step', async (t) => {
  const path = t.testdir({ old: '', new: '', edge: '' })
  for (const [name, time] of [
    ['old', BOOT - 60_000],
    ['new', BOOT + 1000],
    ['edge', BOOT - 1000],
  ] as const) {
    utimesSync(`${path}/${name}`, time / 1000, time / 1000)
  }
  const { folder } = open(path)
  t.same(
    ['old', 'new', 'edge', 'missing'].map((name) => folder.isOfEarlierBoot(name)),
    [true, false, false, false],
  )
})

t.test('whether leases can be written is told without making anything', async (t) => {
  const path = t.testdir({ file: '' })
  open(`${path}/a/b/c`).folder.refuseReadOnly()
  open(path).folder.refuseReadOnly()
  t.same(readdirSync(path), ['file'])
  t.throws(() => open(`${path}/file/net`).folder.refuseReadOnly(), { message: `mkdir ${path}/file/net: not a directory` })
})

t.test('failures read as Go prints them', async (t) => {
  const path = t.testdir({ file: '' })
  const { folder } = open(`${path}/file`)
  t.throws(() => folder.create('x', ''), { message: `open ${path}/file/x: not a directory` })
  t.throws(() => folder.locked(() => undefined), { message: `mkdir ${path}/file: not a directory` })
  t.throws(() => open(`${path}/file/a/b`).folder.locked(() => undefined), { message: `mkdir ${path}/file: not a directory` })
  t.throws(() => open(`${path}/a\0b`).folder.locked(() => undefined), { message: `mkdir ${path}/a\0b: invalid argument` })
  mkdirSync(`${path}/10.0.0.2`)
  t.throws(() => open(path).folder.write('10.0.0.2', 'x'), { message: `open ${path}/10.0.0.2: is a directory` })
  t.notOk(existsSync(`${path}/.selvedge-new`))
})
