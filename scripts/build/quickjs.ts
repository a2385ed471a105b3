/** An executable of the CNI programs' bytecode, QuickJS and kernel/quickjs/*.c: static, so that it starts without a dynamic linker. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT, runBun } from './bun.ts'
import { C_FLAGS, type QuickJs, quickJs, run } from './quickjs-engine.ts'

/** The first one is started; it starts one of the others (cni/main.quickjs.ts). */
const PROGRAMS = ['main', 'bridge', 'host-local', 'portmap', 'loopback', 'none']

const LINK_FLAGS = ['-static-pie', '-s', '-Wl,-z,relro,-z,now,-z,noexecstack']
const WARNINGS = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-Wno-cast-function-type']

/** @param version what the about text says @throws Error as quickJs; ExecaError when a tool fails */
export const compileWithQuickJs = async (outfile: string, version: string): Promise<void> => {
  const engine = await quickJs()
  const work = mkdtempSync(join(ROOT, 'dist/quickjs-'))
  try {
    await runBun(['scripts/build/quickjs-programs.bun.ts', work, version, process.arch, ...PROGRAMS])
    await Promise.all(PROGRAMS.map((name) => bytecode(engine, work, name)))
    writeFileSync(join(work, 'programs.h'), programsHeader())
    const own = ['runtime', 'calls', 'text'].map((name) => join(ROOT, `kernel/quickjs/${name}.c`))
    const parameters = [...C_FLAGS, ...WARNINGS, '-isystem', engine.include, '-I', work, ...own, ...PROGRAMS.map((name) => `${name}.c`)]
    await run('gcc', [...parameters, ...LINK_FLAGS, '-o', outfile, engine.library, '-lm', '-lpthread'], work)
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** As a module: a variable of a function that holds all of a program is looked for along all the others whenever a closure takes it. */
const bytecode = (engine: QuickJs, work: string, name: string): Promise<void> =>
  run(engine.compiler, ['-c', '-m', '-ss', '-N', symbolOf(name), '-o', `${name}.c`, `${name}.js`], work)

const symbolOf = (name: string): string => `code_${name.replaceAll('-', '_')}`

/** The table that runtime.c goes through. */
const programsHeader = (): string => {
  const symbols = PROGRAMS.map((name) => `extern const uint8_t ${symbolOf(name)}[];\nextern const uint32_t ${symbolOf(name)}_size;\n`)
  const rows = PROGRAMS.map((name) => `    {"${name}", ${symbolOf(name)}, &${symbolOf(name)}_size},\n`)
  return `${symbols.join('')}\nstatic const struct program {\n  const char *name;\n  const uint8_t *code;\n  const uint32_t *size;\n} programs[] = {\n${rows.join('')}    {0},\n};\n`
}
