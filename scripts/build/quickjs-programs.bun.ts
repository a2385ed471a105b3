/** `bun quickjs-programs.bun.ts OUTFILE VERSION ARCH`: all programs as one script, which defines `main`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Bundler } from './bundler.bun.ts'
import { SOURCE_PLUGINS } from './source-plugins.bun.ts'

declare const Bun: Bundler

const [outfile = '', version = '', arch = ''] = process.argv.slice(2)

const { outputs } = await Bun.build({
  entrypoints: [join(import.meta.dirname, '../../cni/main.quickjs.ts')],
  target: 'browser',
  conditions: ['quickjs'],
  format: 'iife',
  minify: { whitespace: true, syntax: true, identifiers: false },
  define: { SELVEDGE_VERSION: JSON.stringify(version), 'process.arch': JSON.stringify(arch) },
  plugins: SOURCE_PLUGINS,
})
writeFileSync(outfile, (await outputs[0]?.text()) ?? '')
