import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execaSync } from 'execa'
import t from 'tap'
import { requires } from '../rig/requires.ts'
import { freshNamespace } from './fresh-namespace.ts'

const NEEDS = requires('root', 'ip')
const PROGRAMS = join(import.meta.dirname, 'raw-socket')
const MODULES = join(import.meta.dirname, '../../node_modules')
const BUN = ['x64-baseline', 'aarch64'].map((platform) => join(MODULES, `@oven/bun-linux-${platform}/bin/bun`)).find(existsSync) ?? 'bun'

t.test('a listener that throws does not stop the messages after it', NEEDS, async (t) => {
  const { stdout } = execaSync(process.execPath, [join(PROGRAMS, 'throwing.ts')])
  t.same(JSON.parse(stdout), { uncaught: ['first'], messages: 2 })
})

t.test('waiting for a group keeps a process alive, unless it is told not to', NEEDS, async (t) => {
  const exitCode = (word: string) => execaSync(process.execPath, [join(PROGRAMS, 'waiting.ts'), word], { reject: false }).exitCode
  t.equal(exitCode('ref'), 7)
  t.equal(exitCode('unref'), 0)
  t.equal(exitCode('drop'), 0)
})

t.test('in a Bun executable the package runs on it too, and survives a flood', NEEDS, async (t) => {
  const made = freshNamespace(t)
  made.exec('ip', 'link', 'add', 'br0', 'type', 'bridge')
  const executable = `${t.testdir()}/netlink`
  execaSync(BUN, [join(PROGRAMS, 'bun-build.ts'), executable])
  t.same(JSON.parse(made.exec(executable)), { before: ['lo', 'br0'], errors: ['ENOBUFS'], after: ['lo', 'br0'] })
})
