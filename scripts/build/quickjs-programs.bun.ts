/** `bun quickjs-programs.bun.ts FOLDER VERSION ARCH NAME…`: each of cni/programs as one script FOLDER/NAME.js, and the main program. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Bundler, BundlerPlugin } from './bundler.bun.ts'
import { SOURCE_PLUGINS } from './source-plugins.bun.ts'

declare const Bun: Bundler

const CNI = join(import.meta.dirname, '../../cni')
const START = 'export const start = '

const [folder = '', version = '', arch = '', ...names] = process.argv.slice(2)

const pathOf = (name: string): string => (name === 'main' ? join(CNI, 'main.quickjs.ts') : join(CNI, `programs/${name}.ts`))

/** A program is run when its bytecode is. */
const starting = (path: string): BundlerPlugin => ({
  name: 'a program that starts',
  setup: (build) =>
    build.onLoad({ filter: /\/cni\/programs\// }, (asked) => {
      const source = readFileSync(path, 'utf8')
      if (asked.path !== path || !source.includes(START)) return undefined
      return { contents: `${source.replace(START, 'const start = ')}\nstart()\n`, loader: 'ts' }
    }),
})

for (const name of names) {
  const path = pathOf(name)
  const { outputs } = await Bun.build({
    entrypoints: [path],
    target: 'browser',
    conditions: ['quickjs'],
    format: 'esm',
    minify: true,
    define: { SELVEDGE_VERSION: JSON.stringify(version), 'process.arch': JSON.stringify(arch) },
    plugins: [starting(path), ...SOURCE_PLUGINS],
  })
  const text = (await outputs[0]?.text()) ?? ''
  if (/\b(?:import|export)\b\s*[{*"'(.]/.test(text)) throw new Error(`${path}: nothing can be imported or exported by what is bundled`)
  writeFileSync(join(folder, `${name}.js`), text)
}
