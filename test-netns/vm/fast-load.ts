/**
 * Making Node load quickly in an emulated machine. There, the module loader takes 50 ms for each file, so importing tap or the Kubernetes client
 * takes most of a test's time, and so does stripping types, which starts a WebAssembly compiler in each process. On the host, where
 * both are quick, large packages are bundled into one file each and our sources are stripped; a hook has the guest's Node load those instead.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { hasCode } from '#kernel/errno.ts'

/** Large packages that are ES modules, and whether they have a default export. */
const PACKAGES: Readonly<Record<string, { readonly hasDefault: boolean }>> = {
  tap: { hasDefault: true },
  'tap-parser': { hasDefault: false },
  execa: { hasDefault: false },
  '@kubernetes/client-node/dist/config.js': { hasDefault: false },
}

/** Not bundled, because the hook puts an empty module in its place. */
const LEFT_OUT = 'react-element-to-jsx-string'

const REPOSITORY = join(import.meta.dirname, '../..')
const CACHE = join(REPOSITORY, 'node_modules/.cache/selvedge-vm')
const COMPILED = join(CACHE, 'compiled')
/** Written when everything was compiled, so that nobody takes what somebody else is about to finish for whole. */
const COMPILED_ALL = join(COMPILED, 'all')
const WARM_UP = 'test-netns/vm/warm-up.ts'

/** Brings the bundles and stripped sources up to date; returns the environment that has Node use them, empty where they cannot be written. */
export const prepareFastLoading = (): Record<string, string> => {
  try {
    makeHttp()
    makeNothing()
    for (const [name, { hasDefault }] of Object.entries(PACKAGES)) bundle(name, hasDefault)
    const sources = globSync('**/*.ts', { cwd: REPOSITORY, exclude: ['node_modules', 'dist', '.tap', '.git'] })
    const newest = Math.max(...sources.map(strip))
    const options = `--import=${pathToFileURL(join(CACHE, 'sources/test-netns/vm/fast-load-hook.ts.mjs'))}`
    const environment = { NODE_OPTIONS: options, NODE_COMPILE_CACHE: COMPILED }
    if (newest >= timeOf(COMPILED_ALL)) compile(environment)
    return environment
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EROFS')) return {}
    throw error
  }
}

/** V8 keeps bytecode, which is the same on every processor: the guest takes what was compiled here, and whatever is not there it compiles itself. */
const compile = (environment: Record<string, string>): void => {
  // What needs a kernel that this machine may not have is loaded too: with CI=true it would refuse.
  const env = { ...process.env, ...environment, CI: 'false' }
  spawnSync(process.execPath, [join(REPOSITORY, WARM_UP)], { stdio: 'ignore', env })
  write(COMPILED_ALL, '')
}

/** npm removes the cache folder whenever it installs anew, so a bundle that exists is of this version. */
const bundle = (name: string, hasDefault: boolean): void => {
  const target = join(CACHE, 'packages', `${name}.mjs`)
  if (existsSync(target)) return
  const entry = `${target}.entry.mjs`
  write(entry, `export * from '${name}'\n${hasDefault ? `export { default } from '${name}'\n` : ''}`)
  const options = ['--target=node', '--format=esm', '--external', LEFT_OUT]
  const { status, stderr } = spawnSync(bun(), ['build', ...options, entry, '--outfile', `${target}.new`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`bun could not bundle ${name}: ${stderr}`)
  renameSync(`${target}.new`, target)
}

/**
 * An import of node:http reads all that it exports, and a getter of those loads Node's own fetch, which takes as long as all else of a start: this
 * module, which is imported instead, leaves the getters out.
 */
const makeHttp = (): void => {
  const target = join(CACHE, 'packages/http.mjs')
  if (existsSync(target)) return
  const names = Object.entries(Object.getOwnPropertyDescriptors(http)).flatMap(([name, { get }]) => (get === undefined ? [name] : []))
  const lines = [
    "const http = process.getBuiltinModule('node:http')",
    'export default http',
    `export const { ${names.join(', ')} } = http`,
    '',
  ]
  write(`${target}.new`, lines.join('\n'))
  renameSync(`${target}.new`, target)
}

const makeNothing = (): void => {
  const target = join(CACHE, 'packages/nothing.cjs')
  if (!existsSync(target)) write(target, '')
}

const bun = (): string => {
  const [found] = globSync('node_modules/@oven/bun-linux-*/bin/bun', { cwd: REPOSITORY })
  if (found === undefined) throw new Error('bun is not installed: run scripts/setup.sh')
  return join(REPOSITORY, found)
}

/**
 * The stripped source lies under the source's own path; what is cut out becomes spaces, so that lines and columns stay. Returns when it was made, in
 * ms since the epoch.
 */
const strip = (source: string): number => {
  const [from, to] = [join(REPOSITORY, source), join(CACHE, 'sources', `${source}.mjs`)]
  const [made, written] = [timeOf(to), timeOf(from)]
  // Whoever works beside us may have taken a file away since the sources were listed.
  if (written === 0 || made > written) return made
  write(to, stripTypeScriptTypes(readFileSync(from, 'utf8')))
  return timeOf(to)
}

/** When a file was written; 0 when there is none. */
const timeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
