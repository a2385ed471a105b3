import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execaSync } from 'execa'
import t from 'tap'

const MODULES = join(import.meta.dirname, '../../node_modules')
const BUN = ['x64-baseline', 'aarch64'].map((platform) => join(MODULES, `@oven/bun-linux-${platform}/bin/bun`)).find(existsSync) ?? 'bun'

t.test('chains are named alike by the executables, which hash natively, and by Node', async (t) => {
  const { stdout } = execaSync(BUN, [join(import.meta.dirname, 'bun-hash/compare.ts')])
  t.same(JSON.parse(stdout), { differing: [], isNative: true })
})
