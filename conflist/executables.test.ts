import fs, { chmodSync, linkSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from 'node:fs'
import t, { type Test } from 'tap'
import { findProgram, installExecutables } from './executables.ts'

const NAMES = ['bridge', 'host-local', 'loopback', 'portmap']

/** A folder with `built` (four hard links) and `bin`. */
const folders = (t: Test, bin: Record<string, string | Record<string, never>> = {}, program = 'program 2') => {
  const folder = t.testdir({ built: { bridge: program }, bin })
  for (const name of NAMES.slice(1)) linkSync(`${folder}/built/bridge`, `${folder}/built/${name}`)
  return { built: `${folder}/built`, bin: `${folder}/bin`, program: `${folder}/built/bridge` }
}

const inodes = (directory: string): Set<number> => new Set(NAMES.map((name) => lstatSync(`${directory}/${name}`).ino))

t.test('four names become links of one new file with mode 0755, and others stay', async (t) => {
  const { bin, built, program } = folders(t, { bridge: 'program 1', 'host-local': 'theirs', flannel: 'other' })
  t.equal(installExecutables(fs, { program: findProgram(fs, built), directory: bin }), 'written')
  t.strictSame(readdirSync(bin).sort(), ['bridge', 'flannel', 'host-local', 'loopback', 'portmap'])
  t.equal(inodes(bin).size, 1)
  t.equal(readFileSync(`${bin}/portmap`, 'utf8'), 'program 2')
  t.equal(readFileSync(`${bin}/flannel`, 'utf8'), 'other')
  t.strictSame([statSync(`${bin}/bridge`).mode & 0o7777, statSync(`${bin}/bridge`).nlink], [0o755, 4])
  t.not(statSync(`${bin}/bridge`).ino, statSync(program).ino)
})

t.test('the same program is not written again', async (t) => {
  const { bin, program } = folders(t)
  installExecutables(fs, { program, directory: bin })
  const before = statSync(`${bin}/bridge`)
  t.equal(installExecutables(fs, { program, directory: bin }), 'unchanged')
  t.equal(statSync(`${bin}/bridge`).ino, before.ino)
})

t.test('what differs in any way is written again', async (t) => {
  const { bin, program } = folders(t)
  const damages: readonly (readonly [name: string, damage: () => void])[] = [
    ['one name is missing', () => unlinkSync(`${bin}/loopback`)],
    ['the mode is another', () => chmodSync(`${bin}/bridge`, 0o700)],
    ['the content is another, of the same length', () => fs.writeFileSync(`${bin}/bridge`, 'program 1')],
    ['the content is longer', () => fs.appendFileSync(`${bin}/bridge`, '!')],
    [
      'a name is a copy, not a link',
      () => {
        unlinkSync(`${bin}/portmap`)
        fs.copyFileSync(`${bin}/bridge`, `${bin}/portmap`)
      },
    ],
    [
      'a name is a symbolic link',
      () => {
        unlinkSync(`${bin}/portmap`)
        symlinkSync('bridge', `${bin}/portmap`)
      },
    ],
  ]
  for (const [name, damage] of damages) {
    installExecutables(fs, { program, directory: bin })
    damage()
    t.equal(installExecutables(fs, { program, directory: bin }), 'written', name)
    t.strictSame([inodes(bin).size, readFileSync(`${bin}/portmap`, 'utf8'), readdirSync(bin).length], [1, 'program 2', 4], name)
  }
})

t.test('programs are compared to their last byte', async (t) => {
  const large = 'x'.repeat((1 << 20) + 10)
  const { bin, program } = folders(t, {}, `${large}a`)
  installExecutables(fs, { program, directory: bin })
  fs.writeFileSync(program, `${large}b`)
  t.equal(installExecutables(fs, { program, directory: bin }), 'written')
  t.equal(readFileSync(`${bin}/loopback`, 'utf8').at(-1), 'b')
})

t.test('a symbolic link in the place of an executable is replaced, not followed', async (t) => {
  const { bin, program, built } = folders(t, { victim: 'keep me' })
  symlinkSync(`${bin}/victim`, `${bin}/bridge`)
  installExecutables(fs, { program, directory: bin })
  t.ok(lstatSync(`${bin}/bridge`).isFile())
  t.equal(readFileSync(`${bin}/victim`, 'utf8'), 'keep me')
  t.strictSame(readdirSync(built).sort(), NAMES)
})

t.test('a folder in the place of an executable stops everything before the first change', async (t) => {
  const { bin, program } = folders(t, { bridge: 'program 1', portmap: {} })
  t.throws(() => installExecutables(fs, { program, directory: bin }), {
    message: `${bin}: portmap: it is a folder, an executable belongs there`,
  })
  t.strictSame(readdirSync(bin).sort(), ['bridge', 'portmap'])
  t.equal(readFileSync(`${bin}/bridge`, 'utf8'), 'program 1')
})

t.test('a failure leaves no temporary file', async (t) => {
  const { bin, program } = folders(t, { bridge: 'program 1' })
  const full = (): never => {
    throw Object.assign(new Error('x'), { code: 'EMLINK' })
  }
  t.throws(() => installExecutables({ ...fs, renameSync: full }, { program, directory: bin }), {
    message: `${bin}/bridge: cannot be installed: too many links`,
  })
  t.throws(() => installExecutables({ ...fs, writeSync: full }, { program, directory: bin }), { code: 'EMLINK' })
  t.strictSame(readdirSync(bin), ['bridge'])
  t.equal(readFileSync(`${bin}/bridge`, 'utf8'), 'program 1')
})

t.test('a folder without all four names of one program is refused', async (t) => {
  const folder = t.testdir({ bridge: 'a', 'host-local': 'a', loopback: 'b' })
  t.throws(() => findProgram(fs, folder), {
    message: `${folder}: portmap: no such executable: npm run build makes it, or --executables names the folder that has it`,
  })
  linkSync(`${folder}/bridge`, `${folder}/portmap`)
  t.throws(() => findProgram(fs, folder), { message: `${folder}: loopback: not the same program as bridge` })
})
