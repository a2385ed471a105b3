/** Killing ADD at the system calls that change its folder: whatever is there is whole, and DEL frees it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import t from 'tap'
import { makeNamespace } from '../rig/namespace.ts'
import { requires } from '../rig/requires.ts'
import { buildExecutables, plugin } from './plugin.ts'

t.before(buildExecutables)

/** More calls of one kind than an ADD makes. */
const ENOUGH = 20

/** strace's own words: the n-th call of a kind never returns. */
const killing = (call: string, nth: number): string[] => [
  ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`],
  ...['-e', `inject=${call}:signal=KILL:when=${nth}`],
]

t.test(
  'an ADD killed at any change leaves whole leases only, and DEL frees them; the reference leaves empty ones',
  requires('root', 'nsenter', 'strace'),
  async (t) => {
    const host = makeNamespace(t, 'host').name
    const dataDir = t.testdir()
    const folder = `${dataDir}/net`
    const ipam = { type: 'host-local', dataDir, ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: 'fd00::/64' }]] }
    const call = (verb: string, under: string[] = []) =>
      plugin('host-local').command(verb, { host, netns: '/run/netns/none', under, config: { cniVersion: '1.1.0', name: 'net', ipam } })
    const names = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'lock' && !name.startsWith('last_')) : [])
    let kills = 0
    for (const kind of ['mkdirat', 'flock', 'write', 'renameat', 'unlinkat']) {
      for (let nth = 1; nth < ENOUGH; nth++) {
        rmSync(folder, { recursive: true, force: true })
        if (kind !== 'mkdirat') mkdirSync(folder)
        if ((await call('ADD', killing(kind, nth))).exitCode === 0) break
        kills += 1
        for (const name of names().filter((each) => /^[0-9a-f]/.test(each))) {
          t.equal(readFileSync(`${folder}/${name}`, 'utf8'), 'cid1\r\neth0', `${kind} ${nth}: ${name} is whole`)
        }
        t.match(await call('DEL'), { exitCode: 0, stdout: '' }, `${kind} ${nth}`)
        t.strictSame(names(), [], `${kind} ${nth}: nothing is left`)
      }
    }
    t.ok(kills >= 10, `killed ${kills} times`)
  },
)
