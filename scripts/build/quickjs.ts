/** An executable of the CNI programs on QuickJS: static, with the engine's memory as it is when the programs are loaded. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { ROOT, runBun } from './bun.ts'
import { C_FLAGS, quickJsEngine, run } from './quickjs-engine.ts'

const SOURCES = ['runtime', 'imports', 'native', 'values']
const LINK_FLAGS = ['-static', '-s', '-Wl,-z,relro,-z,now,-z,noexecstack']

/** @param version what the about text says @throws ExecaError when a tool is missing or fails */
export const compileWithQuickJs = async (outfile: string, version: string): Promise<void> => {
  const engine = await quickJsEngine()
  const work = mkdtempSync(join(ROOT, 'dist/quickjs-'))
  try {
    await runBun(['scripts/build/quickjs-programs.bun.ts', join(work, 'programs.js'), version, process.arch])
    const own = SOURCES.map((name) => join(ROOT, `kernel/quickjs/${name}.c`))
    await run('musl-gcc', [...C_FLAGS, '-Wall', '-I', engine, ...own, join(engine, 'qjs.o'), ...LINK_FLAGS, '-o', 'runtime', '-lm'], work)
    await run(join(work, 'runtime'), ['programs.js', outfile], work)
    chmodSync(outfile, 0o755)
  } finally {
    rmSync(work, { recursive: true })
  }
}
