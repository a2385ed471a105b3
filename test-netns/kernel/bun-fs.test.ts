import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execaSync } from 'execa'
import t from 'tap'

const MODULES = join(import.meta.dirname, '../../node_modules')
const BUN = ['x64-baseline', 'aarch64'].map((platform) => join(MODULES, `@oven/bun-linux-${platform}/bin/bun`)).find(existsSync) ?? 'bun'

t.test('the executables’ file system calls do, return and throw what node:fs does', async (t) => {
  const { stdout } = execaSync(BUN, [join(import.meta.dirname, 'bun-fs/compare.ts'), t.testdir()])
  const { builtin, slim } = JSON.parse(stdout) as Record<'builtin' | 'slim', [what: string, outcome: unknown][]>
  t.ok(slim.length > 30)
  const words: Readonly<Record<string, unknown>> = Object.fromEntries(builtin)
  for (const [what, outcome] of slim) t.strictSame(outcome, words[what], what)
})
