/**
 * Run by Bun: `compare.ts FOLDER` does the same in two folders below FOLDER, once by Bun's node:fs and once by ours, and prints what each
 * returned or threw as JSON: `{ builtin: […], slim: […] }`.
 */
import * as builtin from 'node:fs'
import * as slim from '../../../kernel/bun-fs/fs.ts'

type Fs = typeof slim

/** What matters of an error. */
const outcomeOf = (action: () => unknown): unknown => {
  try {
    return action() ?? 'nothing'
  } catch (error) {
    const { code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string }
    return { code, errno, syscall, path, dest }
  }
}

/** Bun forgets to say which call failed when it has not made any, or on what; Node does not. */
const codeOf = (action: () => unknown): unknown => (outcomeOf(action) as { code?: string }).code

const statsOf = (stats: ReturnType<Fs['statSync']>): unknown =>
  stats && [stats.mode, stats.size, stats.isFile(), stats.isDirectory(), stats.isSymbolicLink()]

/** Every use that the executables make, on relative paths: the working directory is a fresh folder. */
const scenario = (fs: Fs): Readonly<Record<string, () => unknown>> => ({
  'open a missing file': () => fs.openSync('none', 'r'),
  'open below a file': () => fs.openSync('/proc/self/stat/x', 'r'),
  'open a path with a zero byte': () => fs.openSync('a\0b', 'r'),
  'open too long a path': () => codeOf(() => fs.openSync('x'.repeat(5000), 'r')),
  'make and write': () => {
    const fd = fs.openSync('made', fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL, 0o640)
    const written = [fs.writeSync(fd, 'schön\n'), fs.writeSync(fd, Buffer.from('xyz'), 1)]
    fs.closeSync(fd)
    return [written, fs.readFileSync('made', 'utf8'), statsOf(fs.statSync('made'))]
  },
  'make it again': () => fs.openSync('made', fs.constants.O_CREAT | fs.constants.O_EXCL),
  'write a whole file': () => {
    fs.writeFileSync('whole', 'a'.repeat(100_000), { mode: 0o600 })
    fs.writeFileSync('whole', 'b'.repeat(50_000))
    return [fs.readFileSync('whole', 'utf8').length, fs.readFileSync('whole').length, statsOf(fs.statSync('whole'))]
  },
  'read at a place, and on': () => {
    const fd = fs.openSync('made', 'r')
    const buffer = Buffer.alloc(8)
    const counts = [fs.readSync(fd, buffer, 0, 3, 0), fs.readSync(fd, buffer, 3, 2, null), fs.readSync(fd, buffer), fs.readSync(fd, buffer)]
    const rest = fs.readFileSync(fd, 'utf8')
    const size = fs.fstatSync(fd)?.size
    fs.closeSync(fd)
    return [counts, buffer.toString('hex'), rest, size]
  },
  'write at a place': () => {
    const fd = fs.openSync('made', fs.constants.O_RDWR)
    const written = [fs.writeSync(fd, Buffer.from('abcd'), 1, 2, 3), fs.writeSync(fd, Buffer.from('Z'), 0, 1, null)]
    fs.closeSync(fd)
    return [written, fs.readFileSync('made', 'latin1')]
  },
  'read from what is closed': () => fs.readSync(987, Buffer.alloc(4)),
  'close what is closed': () => fs.closeSync(987),
  'write to what is closed': () => fs.writeSync(987, 'x'),
  'stat what is closed': () => fs.fstatSync(987),
  'read a folder as a file': () => fs.readFileSync('.', 'utf8'),
  'read a missing file': () => fs.readFileSync('none', 'utf8'),
  'read from /proc': () => fs.readFileSync('/proc/sys/kernel/ostype', 'utf8'),
  'write where nobody may': () => fs.writeFileSync('/proc/version', 'x'),
  'list a folder': () => {
    for (let index = 0; index < 3000; index++) fs.closeSync(fs.openSync(`file-${index}-é`, 'w'))
    const names = fs.readdirSync('.').toSorted()
    for (const name of names.filter((each) => each.startsWith('file-'))) fs.unlinkSync(name)
    return [names.length, names.join(' ').length, fs.readdirSync('.').toSorted()]
  },
  'list a missing folder': () => fs.readdirSync('none').length,
  'list a file': () => fs.readdirSync('made').length,
  rename: () => fs.renameSync('made', 'moved'),
  'rename what is missing': () => fs.renameSync('made', 'elsewhere'),
  'remove a file': () => fs.unlinkSync('moved'),
  'remove a missing file': () => fs.unlinkSync('moved'),
  'remove what may be there': () => {
    fs.writeFileSync('left', '')
    fs.rmSync('left', { force: true })
    fs.rmSync('left', { force: true })
    return fs.statSync('left', { throwIfNoEntry: false })
  },
  'remove a folder as a file': () => fs.unlinkSync('/proc/self'),
  'make a folder': () => fs.mkdirSync('folder', { mode: 0o755 }),
  'make it a second time': () => fs.mkdirSync('folder'),
  'make a folder with its parents': () => {
    fs.mkdirSync('deep/down/there', { recursive: true, mode: 0o755 })
    fs.mkdirSync('deep/down/there', { recursive: true, mode: 0o755 })
    return [statsOf(fs.statSync('deep')), statsOf(fs.statSync('deep/down/there'))]
  },
  'make a folder below a file': () => fs.mkdirSync('whole/folder', { recursive: true }),
  'make a folder where a file is': () => fs.mkdirSync('whole', { recursive: true }),
  'look at a link and through it': () => [statsOf(fs.lstatSync('/proc/self/cwd')), statsOf(fs.statSync('/proc/self/cwd/folder'))],
  'look at what is missing': () => fs.statSync('none'),
  'look whether it is there': () => [
    fs.statSync('none', { throwIfNoEntry: false }) === undefined,
    fs.lstatSync('whole/none', { throwIfNoEntry: false }) === undefined,
  ],
  'times and identities': () => {
    const [one, exact] = [fs.statSync('/proc/self/exe'), fs.statSync('/proc/self/exe', { bigint: true })]
    return [one?.dev, one?.ino, one?.mtimeMs.toFixed(2), one?.ctimeMs.toFixed(2), `${exact?.dev}:${exact?.ino}`]
  },
  'a namespace': () => {
    const { dev, ino } = fs.statSync('/proc/thread-self/ns/net', { bigint: true }) ?? {}
    return `${dev}:${ino}`
  },
  'set times': () => {
    fs.utimesSync('whole', new Date(1_600_000_000_123), 1_600_000_000.25)
    return [fs.statSync('whole')?.mtimeMs, `${fs.statSync('whole', { bigint: true })?.mtimeNs}`]
  },
  'set times of what is missing': () => fs.utimesSync('none', 1, 1),
  'follow links': () => [fs.realpathSync('/proc/self/exe'), fs.realpathSync('deep/../whole').endsWith('/whole')],
  'follow links to nowhere': () => fs.realpathSync('none'),
  'may it be written': () => fs.accessSync('none', fs.constants.W_OK),
  'room of the file system': () => {
    const { blocks, files, bavail, ffree } = fs.statfsSync('/proc')
    return [blocks, files, bavail, ffree, fs.statfsSync('.').blocks, fs.statfsSync('.').files]
  },
  'room of what is missing': () => fs.statfsSync('none'),
  'may it be read': () => fs.accessSync('whole', fs.constants.R_OK),
  'is it there': () => fs.accessSync('whole'),
  'folders below a file': () => fs.mkdirSync('whole/a/b', { recursive: true }),
  'folders, a slash at the end': () => {
    fs.mkdirSync('new/deep/', { recursive: true })
    return statsOf(fs.statSync('new/deep'))
  },
  'a folder without a name': () => codeOf(() => fs.mkdirSync('', { recursive: true })),
  constants: () => Object.keys(slim.constants).map((name) => fs.constants[name as keyof typeof slim.constants]),
})

const [folder = ''] = process.argv.slice(2)
const run = (fs: Fs, name: string): unknown => {
  builtin.mkdirSync(`${folder}/${name}`)
  process.chdir(`${folder}/${name}`)
  return Object.entries(scenario(fs)).map(([what, action]) => [what, outcomeOf(action)])
}
process.stdout.write(JSON.stringify({ builtin: run(builtin as unknown as Fs, 'builtin'), slim: run(slim, 'slim') }))
