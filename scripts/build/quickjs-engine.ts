/** QuickJS (https://bellard.org/quickjs) as a static library, and its compiler: made of its sources, which SELVEDGE_QUICKJS says where they are. */
import { copyFileSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { ROOT } from './bun.ts'

const VERSION = '2025.04.26'

/** What is in the library; the compiler is the library and two more. */
const LIBRARY_SOURCES = ['quickjs', 'libregexp', 'libunicode', 'cutils', 'dtoa']
const COMPILER_SOURCES = ['quickjs-libc', 'qjsc']

/** How everything that becomes part of an executable is compiled. QuickJS counts on signed numbers that wrap. */
export const C_FLAGS = ['-O2', '-fwrapv', '-fPIE', '-fstack-protector-strong', '-D_GNU_SOURCE']

export interface QuickJs {
  /** The folder of its headers. */
  readonly include: string
  readonly library: string
  /** qjsc: makes bytecode of a program. */
  readonly compiler: string
}

/** @throws Error when the sources are not there; ExecaError when there is no C compiler */
export const quickJs = async (): Promise<QuickJs> => {
  const sources = process.env.SELVEDGE_QUICKJS
  if (!sources) throw new Error(`SELVEDGE_QUICKJS: the folder of the sources of QuickJS ${VERSION} is expected`)
  const folder = join(ROOT, `dist/engine-${VERSION}`)
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) await make(sources, folder)
  return { include: folder, library: join(folder, 'libquickjs.a'), compiler: join(folder, 'qjsc') }
}

/** Aside, and moved whole: a folder of this name is always complete. */
const make = async (sources: string, folder: string): Promise<void> => {
  mkdirSync(join(folder, '..'), { recursive: true })
  const work = mkdtempSync(`${folder}-making-`)
  try {
    for (const path of globSync(join(sources, '*.{c,h}'))) copyFileSync(path, join(work, basename(path)))
    await Promise.all([...LIBRARY_SOURCES, ...COMPILER_SOURCES].map((name) => compileSource(name, work)))
    await run('ar', ['rcs', 'libquickjs.a', ...LIBRARY_SOURCES.map((name) => `${name}.o`)], work)
    await run(
      'gcc',
      ['-pie', '-o', 'qjsc', ...COMPILER_SOURCES.map((name) => `${name}.o`), 'libquickjs.a', '-lm', '-ldl', '-lpthread'],
      work,
    )
    renameSync(work, folder)
  } catch (error) {
    rmSync(work, { recursive: true })
    throw error
  }
}

const compileSource = (name: string, cwd: string): Promise<void> =>
  run('gcc', [...C_FLAGS, `-DCONFIG_VERSION="${VERSION}"`, '-w', '-c', `${name}.c`, '-o', `${name}.o`], cwd)

/** Runs a tool of this machine. @throws ExecaError with what it complained about */
export const run = async (program: string, parameters: readonly string[], cwd: string): Promise<void> => {
  // Loaded here because it takes longer than finding out that there is nothing to do.
  const { execa } = await import('execa')
  await execa(program, parameters, { cwd, stdout: 'ignore' })
}
