/** The CNI executable: four plugins in one file, the name it is started under picks one. */
import './quick-builtins.ts'
import { host } from './host.ts'
import type { Plugin } from './protocol/plugin.ts'
import { nameOf, run } from './protocol/run.ts'
import { readStdin, writeAll } from './stdio.ts'

/** Set by scripts/build.ts. */
declare const SELVEDGE_VERSION: string

/** Loaded only when they are called: all four would cost VERSION, which runtimes ask for often, more than everything else it does. */
const LOADERS: Readonly<Record<string, () => Promise<{ readonly plugin: Plugin }>>> = {
  bridge: () => import('./bridge/main.ts'),
  'host-local': () => import('./host-local/main.ts'),
  portmap: () => import('./portmap/main.ts'),
  loopback: () => import('./loopback/main.ts'),
}

/** What each plugin may run in this process. */
const DELEGATES: Readonly<Record<string, readonly string[]>> = { bridge: ['host-local'] }

const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS']

const loadPlugins = (name: string): Promise<Plugin[]> => {
  const needed = VERBS.includes(process.env.CNI_COMMAND ?? '') ? [name, ...(DELEGATES[name] ?? [])] : []
  return Promise.all(Object.entries(LOADERS).map(async ([each, load]) => (needed.includes(each) ? (await load()).plugin : notLoaded(each))))
}

/** Stands for a plugin whose verbs this call cannot reach. */
const notLoaded = (name: string): Plugin => {
  const refuse = (): never => {
    throw new Error(`plugin ${name} is not loaded`)
  }
  return { name, add: refuse, del: refuse }
}

// Nobody is shown a stack, and each error that is expected (a file that is not there) would spend half a millisecond on its own.
Error.stackTraceLimit = 0

const suite = { plugins: await loadPlugins(nameOf(process.argv0)), version: `selvedge v${SELVEDGE_VERSION}`, host }
const { stdout, stderr, exitCode } = run(suite, { argv0: process.argv0, env: process.env, readStdin })
writeAll(2, stderr)
writeAll(1, stdout)
process.exit(exitCode)
