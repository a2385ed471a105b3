/** The bundle of the command, as `npm run build` made it. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'

const FOLDER = join(import.meta.dirname, '../../dist/selvedge')

/** Loads modules, then says which of Node's own were loaded for them. */
const LOAD = `
for (const file of process.argv.slice(1)) await import(file)
process.stdout.write(process.moduleLoadList.join())
`

t.test('no part of it, and nothing that it brings, has Node load its fetch', async (t) => {
  const parts = readdirSync(FOLDER).filter((name) => name.endsWith('.js') && name !== 'selvedge.js')
  const modules = parts.map((name) => join(FOLDER, name))
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', LOAD, ...modules])
  t.match(stdout, 'NativeModule http')
  t.notMatch(stdout, 'undici')
})
