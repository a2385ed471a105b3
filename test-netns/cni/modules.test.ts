import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BIN, buildExecutables } from './plugin.ts'

t.before(buildExecutables)

const MODULES = join(import.meta.dirname, '../../node_modules')
const BUN = ['x64-baseline', 'aarch64'].map((platform) => join(MODULES, `@oven/bun-linux-${platform}/bin/bun`)).find(existsSync) ?? 'bun'

/** Modules of the runtime that are imported somewhere in a file, each as often as it is; our own have paths. */
const importedIn = (path: string): string[] =>
  [...readFileSync(path, 'latin1').matchAll(/\bfrom\s?"((?:node:|bun:)?[a-z_]+(?:\/[a-z]+)?)"/g)].map(([, name = '']) => name).sort()

t.test('an executable loads no module of the runtime: each costs every call up to milliseconds', async (t) => {
  // The runtime itself contains such words.
  const runtime = importedIn(BUN)
  const ours = importedIn(join(BIN, 'bridge')).filter((name) => {
    const position = runtime.indexOf(name)
    if (position >= 0) runtime.splice(position, 1)
    return position < 0
  })
  t.strictSame(ours, [])
})
