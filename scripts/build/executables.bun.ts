/** `bun executables.bun.ts ENTRY OUTFILE VERSION`: one executable. Run by Bun, because only `Bun.build` takes plugins. */
import process from 'node:process'
import type { Bundler } from './bundler.bun.ts'
import { bundlePrograms } from './programs.bun.ts'
import { SOURCE_PLUGINS } from './source-plugins.bun.ts'

declare const Bun: Bundler

const [entry = '', outfile = '', version = ''] = process.argv.slice(2)

const options = {
  target: 'bun',
  minify: true,
  format: 'esm',
  define: { SELVEDGE_VERSION: JSON.stringify(version) },
  plugins: SOURCE_PLUGINS,
}

await Bun.build({
  ...options,
  entrypoints: [entry],
  plugins: [await bundlePrograms(Bun, options), ...SOURCE_PLUGINS],
  bytecode: true,
  compile: {
    outfile,
    // A call lives for milliseconds: compiling its functions to machine code early costs more than it saves.
    jitPolicy: 64,
    // Else an executable that root runs would read .env and bunfig.toml from its working directory.
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
})
