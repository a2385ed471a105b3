import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import t from 'tap'
import { prepareFastLoading } from './fast-load.ts'

const repository = pathToFileURL(join(import.meta.dirname, '../..')).href
const program = join(import.meta.dirname, 'testing/where-from.ts')

t.test(
  'with the prepared environment Node takes packages from one file each, and sources stripped before, under their own names',
  async (t) => {
    const env = prepareFastLoading()
    const { stdout } = await execa('node', ['--no-strip-types', program], { env })
    t.match(JSON.parse(stdout), {
      execa: `${repository}/node_modules/.cache/selvedge-vm/packages/execa.mjs`,
      url: `${repository}/test-netns/vm/testing/where-from.ts`,
      react: `${repository}/node_modules/.cache/selvedge-vm/packages/nothing.cjs`,
      http: true,
      fetch: false,
    })
  },
)

t.test('what most programs load is compiled here, so that Node takes it from its cache', async (t) => {
  // It loads what needs IPVS, which this kernel may lack: with CI=true that would be refused.
  const env = { ...prepareFastLoading(), NODE_DEBUG_NATIVE: 'COMPILE_CACHE', CI: 'false' }
  const { stderr } = await execa('node', [join(import.meta.dirname, 'warm-up.ts')], { env })
  for (const file of ['/packages/tap.mjs', '/test-netns/rig/namespace.ts', '/test-netns/api-server/server.ts'])
    t.match(stderr, new RegExp(`cache for .*${file.replaceAll('.', '\\.')} was accepted`), file)
})

t.test('without it Node takes them from where they are, and cannot load types that nobody strips', async (t) => {
  const { stdout } = await execa('node', [program])
  t.match(JSON.parse(stdout), { execa: `${repository}/node_modules/execa/index.js` })
  t.match(await execa('node', ['--no-strip-types', program], { reject: false }), { exitCode: 1, stderr: /ERR_UNKNOWN_FILE_EXTENSION/ })
})
