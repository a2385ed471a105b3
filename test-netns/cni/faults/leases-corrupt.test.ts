/** Lease folders that others, or a crash, have spoilt. */
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { requires } from '../../rig/requires.ts'
import { run } from '../../rig/run.ts'
import { buildExecutables } from '../plugin.ts'
import { type LeaseScene, makeLeaseScene } from './leases.ts'

t.before(buildExecutables)

const NEEDS = requires('root')

/** What stands at the place of the first lease. */
const SPOILT: Readonly<Record<string, (path: string, scene: LeaseScene) => void>> = {
  'is empty': (path) => writeFileSync(path, ''),
  'is binary': (path) => writeFileSync(path, Buffer.from([0, 255, 254, 0, 13, 10, 128])),
  'is somebody else’s': (path) => writeFileSync(path, 'somebody\r\neth0'),
  'has a hundred lines': (path) => writeFileSync(path, 'one\r\neth0\r\n'.repeat(100)),
  'is huge': (path) => {
    writeFileSync(path, 'one\r\neth0')
    truncateSync(path, 2 ** 40)
  },
  'is a directory': (path) => mkdirSync(path),
  'is a link to nowhere': (path) => symlinkSync('nowhere', path),
  'is a link to another file': (path, { folder }) => symlinkSync(join(folder, 'secret'), path),
  'is a link to itself': (path) => symlinkSync(path, path),
  'is a link to endless zeros': (path) => symlinkSync('/dev/zero', path),
  'is a pipe that nobody writes into': (path) => void run('mkfifo', path),
}

t.test('a spoilt lease hinders nobody else', NEEDS, async (t) => {
  for (const [what, spoil] of Object.entries(SPOILT)) {
    const scene = makeLeaseScene(t)
    writeFileSync(join(scene.folder, 'secret'), 'untouched')
    spoil(join(scene.leases, '10.1.2.2'), scene)
    for (const verb of ['ADD', 'CHECK', 'DEL', 'ADD', 'DEL', 'DEL']) {
      const { exitCode, stdout } = await scene.call(verb, 'one')
      t.equal(exitCode, 0, `a lease that ${what}: ${verb} ${stdout.replaceAll(/\s+/g, ' ')}`)
    }
    t.equal(readFileSync(join(scene.folder, 'secret'), 'utf8'), 'untouched')
  }
})

t.test('spoilt cursors do no harm, and are not written through', NEEDS, async (t) => {
  for (const spoil of [
    (path: string) => writeFileSync(path, ''),
    (path: string) => writeFileSync(path, 'rubbish\n'.repeat(100_000)),
    (path: string) => writeFileSync(path, '192.0.2.1'),
    (path: string) => symlinkSync('../../secret', path),
  ]) {
    const scene = makeLeaseScene(t)
    writeFileSync(join(scene.folder, 'secret'), 'untouched')
    spoil(join(scene.leases, 'last_reserved_ip.0'))
    t.match(await scene.call('ADD', 'one'), { exitCode: 0, result: { ips: [{ address: '10.1.2.2/28' }] } })
    t.equal(readFileSync(join(scene.folder, 'secret'), 'utf8'), 'untouched')
    t.equal((await scene.call('DEL', 'one')).exitCode, 0)
  }
})

t.test('a folder that cannot be one is said to be none, and nothing is left', NEEDS, async (t) => {
  for (const name of ['lock', 'last_reserved_ip.0']) {
    const scene = makeLeaseScene(t)
    mkdirSync(join(scene.leases, name))
    const { exitCode, result } = await scene.call('ADD', 'one')
    t.match({ exitCode, result }, { exitCode: 1, result: { code: 999, msg: /is a directory|file exists/ } }, `${name} is a directory`)
    t.strictSame(
      scene.names().filter((each) => !['lock', 'last_reserved_ip.0'].includes(each)),
      [],
    )
  }
})
