/**
 * Each of cni/programs with all that it imports, as one function: what stands in a function is taken from the bytecode only when it is called. Modules
 * that are loaded when they are needed (`import()`) would cost each call half a millisecond, and so would the dozen modules into which the
 * bundler puts what several programs share.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundler, BundlerPlugin } from './bundler.bun.ts'

const PROGRAMS = join(import.meta.dirname, '../../cni/programs')

/** What a program exports, and all that it does. */
const START = 'export const start = '

/**
 * Programs are bundled before this plugin can be used: a build that waits for another one does not end.
 * @param options as for all sources @throws Error when a program cannot be a function
 */
export const bundlePrograms = async (bun: Bundler, options: { readonly plugins: readonly BundlerPlugin[] }): Promise<BundlerPlugin> => {
  const functions = new Map<string, string>()
  for (const path of globSync('*.ts', { cwd: PROGRAMS }).map((name) => join(PROGRAMS, name))) {
    const source = readFileSync(path, 'utf8')
    if (source.includes(START))
      functions.set(path, await asFunction(bun, options, path, `${source.replace(START, 'const start = ')}\nstart()\n`))
  }
  return replacing('programs as functions', 'js', functions)
}

type Options = Parameters<typeof bundlePrograms>[1]

const asFunction = async (bun: Bundler, options: Options, path: string, started: string): Promise<string> => {
  const plugins = [replacing('a program that starts', 'ts', new Map([[path, started]])), ...options.plugins]
  const { outputs } = await bun.build({ ...options, entrypoints: [path], plugins })
  const text = (await outputs[0]?.text()) ?? ''
  if (/\b(?:import|export)\b\s*[{*"'.]/.test(text))
    throw new Error(`${path}: what imports or exports when it is bundled cannot be a function`)
  return `${START}() => {\n${text}\n}`
}

const replacing = (name: string, loader: 'ts' | 'js', texts: ReadonlyMap<string, string>): BundlerPlugin => ({
  name,
  setup: (build) =>
    build.onLoad({ filter: /\/cni\/programs\// }, ({ path }) => {
      const contents = texts.get(path)
      return contents === undefined ? undefined : { contents, loader }
    }),
})
