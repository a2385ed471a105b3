/**
 * QuickJS-ng as a library in C: the WebAssembly of quickjs-emscripten's package (https://github.com/justjake/quickjs-emscripten), translated by
 * wasm2c (Debian's wabt) and compiled by musl-gcc (musl-tools), because its programs start in half the time that glibc's do.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from './bun.ts'

const PACKAGE = '@jitl/quickjs-ng-wasmfile-release-sync'
const WASM_HEADER = '/usr/include/wasm-rt.h'

/** How everything that becomes part of an executable is compiled. */
export const C_FLAGS = ['-O2', '-fno-strict-aliasing', '-fno-strict-overflow', '-DNDEBUG', '-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=1']

/** @returns the folder of qjs.o and the headers qjs.h, qts.h, wasm-rt.h @throws ExecaError when a tool is missing */
export const quickJsEngine = async (): Promise<string> => {
  const root = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`))
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(ROOT, `dist/quickjs-ng-${version}`)
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) await make(join(root, 'dist'), folder)
  return folder
}

/** Aside, and moved whole: a folder of this name is always complete. */
const make = async (sources: string, folder: string): Promise<void> => {
  mkdirSync(dirname(folder), { recursive: true })
  const work = mkdtempSync(`${folder}-making-`)
  try {
    copyFileSync(WASM_HEADER, join(work, 'wasm-rt.h'))
    await run('wasm2c', [join(sources, 'emscripten-module.wasm'), '-n', 'qjs', '-o', 'qjs.c'], work)
    const source = readFileSync(join(work, 'qjs.c'), 'utf8')
    writeFileSync(join(work, 'qjs.c'), atFixedPlace(source) + accessors(source))
    writeFileSync(join(work, 'qts.h'), namesOf(readFileSync(join(sources, 'emscripten-module.cjs'), 'utf8')))
    await run('musl-gcc', [...C_FLAGS, '-w', '-I.', '-c', 'qjs.c', '-o', 'qjs.o'], work)
    renameSync(work, folder)
  } catch (error) {
    rmSync(work, { recursive: true })
    throw error
  }
}

/** The memory is where engine.h says: no address is looked up, and none has to be checked because 32 bits cannot leave it. */
const atFixedPlace = (source: string): string => {
  const changed = source.replaceAll('&mem->data[addr]', '(u8*)0x10000000000UL + (u32)addr').replaceAll('wasm_asm("" ::"r"(result));', '')
  if (changed === source) throw new Error('wasm2c writes loads otherwise: look at it anew')
  return changed
}

/** JS_GetArrayBuffer is what QTS_GetArrayBuffer calls before it copies. */
const accessors = (source: string): string => {
  const [, getArrayBuffer] = /\nstatic u32 w2c_ba\([^)]*\) \{[^}]*?= (w2c_f\d+)\(instance, w2c_i0, w2c_i1, w2c_j2\);/.exec(source) ?? []
  if (getArrayBuffer === undefined) throw new Error('QTS_GetArrayBuffer is made otherwise: look at it anew')
  return `
u32 engine_array_buffer(Z_qjs_instance_t* engine, u32 context, u32 length_at, u64 value) {
  return ${getArrayBuffer}(engine, context, length_at, value);
}
extern struct Z_a_instance_t host;
void engine_wire(Z_qjs_instance_t* engine) {
  init_func_types();
  init_instance_import(engine, &host);
  init_tables(engine);
  init_elem_instances(engine);
}
`
}

/** `c._QTS_NewRuntime=b.L;`: the package's short names. */
const namesOf = (glue: string): string => {
  const names = [...glue.matchAll(/c\._(\w+)=b\.([\w$]+);/g)].map(([, name = '', short = '']) => [name, short] as const)
  const [, construct] = /\bZ\.(\w+)\(\);E\?\.\(c\)/.exec(glue) ?? []
  if (names.length < 50 || construct === undefined) throw new Error('the names of QTS_ functions are written otherwise: look at it anew')
  const own: Readonly<Record<string, string>> = { malloc: 'malloc_in_engine', free: 'free_in_engine' }
  return [...names, ['QTS_construct', construct] as const]
    .map(([name, short]) => `#define ${own[name] ?? name} Z_qjsZ_${mangled(short)}\n`)
    .join('')
}

/** wasm2c's names: `$` is Z24, `Z` is Z5A. */
const mangled = (name: string): string =>
  name.replaceAll(/[^a-zA-Y0-9_]/g, (letter) => `Z${letter.charCodeAt(0).toString(16).toUpperCase()}`)

/** Runs a tool of this machine. @throws ExecaError with what it complained about */
export const run = async (program: string, parameters: readonly string[], cwd: string): Promise<void> => {
  // Loaded here because it takes longer than finding out that there is nothing to do.
  const { execa } = await import('execa')
  await execa(program, parameters, { cwd, stdout: 'ignore' })
}
