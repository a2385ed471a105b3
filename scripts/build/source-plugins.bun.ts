/** How sources are changed before they are bundled for the executables. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { BundlerPlugin, PluginBuilder } from './bundler.bun.ts'

const SLIM_FS = join(import.meta.dirname, '../../kernel/bun-fs/fs.ts')

/** What it offers. What else a source asks of node:fs, it still gets from there: the executable is slower then, and the build says so. */
const offered = [...readFileSync(SLIM_FS, 'utf8').matchAll(/^export (?:const (\w+)|\{([^}]*)\})/gm)].flatMap(([, name, names]) =>
  (names ?? name ?? '').split(',').map((each) => each.trim()),
)

const IMPORT = /^import \{([^}]*)\} from 'node:fs'/m

/** Sources with our file system calls in the place of node:fs. The bundler asks no plugin where a module of Bun's own is: hence the text. */
const slimFs = (build: PluginBuilder): void =>
  build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const contents = readFileSync(path, 'utf8')
    const names =
      IMPORT.exec(contents)?.[1]
        ?.split(',')
        .map((name) => name.trim())
        .filter(Boolean) ?? []
    const missing = names.filter((name) => !name.startsWith('type ') && !offered.includes(name))
    if (missing.length > 0)
      process.stderr.write(`${path} imports ${missing.join(', ')}: kernel/bun-fs/fs.ts has none, and node:fs is slow\n`)
    return {
      contents: missing.length > 0 ? contents : contents.replace(IMPORT, `import {$1} from ${JSON.stringify(SLIM_FS)}`),
      loader: 'ts',
    }
  })

const STRUCTS = /netlink\/dist\/structs\.js$/

/**
 * The netlink package's codecs as a module, of which the bundler keeps what is used: as CommonJS the whole of it is run, and loads node:os, only
 * to ask for the byte order. What runs our executables (x64 and arm64 Linux) is little-endian.
 */
const structs = (build: PluginBuilder): void =>
  build.onLoad({ filter: STRUCTS }, ({ path }) => {
    const contents = readFileSync(path, 'utf8')
      .replace('const os_1 = require("os");', "const os_1 = { endianness: () => 'LE' };")
      .replaceAll(/^(Object\.defineProperty\(exports.*|exports\..* = void 0;|"use strict";)$/gm, '')
      .replaceAll(/^exports\.(\w+) = \1;$/gm, 'export { $1 };')
      .replaceAll(/^exports\.(\w+) = /gm, 'export const $1 = ')
      .replaceAll(/\bexports\.(\w+)/g, '$1')
    if (/\b(exports|require)\b/.test(contents)) throw new Error(`${path} is not written as it was: look at it anew`)
    return { contents, loader: 'js' }
  })

export const SOURCE_PLUGINS: readonly BundlerPlugin[] = [
  { name: 'node:fs without its streams and promises', setup: slimFs },
  { name: 'netlink codecs as a module', setup: structs },
]
