/**
 * Runs several test files in this process, one after the other: `node scripts/testing/together.ts <LIST`, one name a line (tap names folders
 * after arguments). Starting Node and loading tap takes ten times as long as a unit test. Each file's `t` is a subtest named by the file.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'

const SCHEME = 'tap-of:'
const REGISTRY = 'selvedge.tests'

const tests = new Map<string, Test>()
Object.assign(globalThis, { [REGISTRY]: tests })
/** The file that is loaded now. Modules of tests that it loads have its `t`. */
let current: string | undefined

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'tap' && current !== undefined && !context.parentURL?.includes('/node_modules/')
      ? { url: `${SCHEME}${current}`, format: 'module', shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) => {
    if (!url.startsWith(SCHEME)) return next(url, context)
    const file = JSON.stringify(url.slice(SCHEME.length))
    return { format: 'module', source: `export default globalThis['${REGISTRY}'].get(${file})`, shortCircuit: true }
  },
})

const files = readFileSync(0, 'utf8').split('\n').filter(Boolean)
const timeout = Number(process.env.TAP_TIMEOUT ?? 30) * 1000
t.setTimeout(files.length * timeout)
for (const file of files) {
  const { href } = pathToFileURL(resolve(file))
  await t.test(file, { timeout }, async (t) => {
    tests.set(href, t)
    current = href
    await import(href)
    current = undefined
  })
}
