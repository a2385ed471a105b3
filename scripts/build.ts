/**
 * Builds dist/bin/{bridge,host-local,portmap,loopback}: one Bun executable, the other names hard links to it. Does nothing when
 * the sources are those of the last build, so that tests can call it every time. Replaces the files atomically.
 */
import { createHash } from 'node:crypto'
import { chmodSync, globSync, linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { disableEnvironment } from './disable-environment.ts'

const ROOT = dirname(import.meta.dirname)
const BIN = join(ROOT, 'dist/bin')
const STAMP = join(ROOT, 'dist/bin.sha256')
const NAMES = ['bridge', 'host-local', 'portmap', 'loopback'] as const
const ENTRY = 'cni/main.ts'

/** What goes into the executable, or decides how it is made. */
const INPUTS = ['{cni,kernel,net}/**/*.ts', 'scripts/{build,disable-environment}.ts', 'package.json', 'package-lock.json']

const main = async (): Promise<void> => {
  const stamp = stampOf(INPUTS.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter((path) => !path.endsWith('.test.ts')))
  if (isFresh(stamp)) return
  mkdirSync(BIN, { recursive: true })
  const scratch = mkdtempSync(join(ROOT, 'dist/build-'))
  try {
    await compile(join(scratch, NAMES[0]))
    for (const name of NAMES.slice(1)) linkSync(join(scratch, NAMES[0]), join(scratch, name))
    for (const name of NAMES) renameSync(join(scratch, name), join(BIN, name))
    writeFileSync(STAMP, stamp)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const stampOf = (paths: readonly string[]): string => {
  const hash = createHash('sha256').update(process.arch)
  for (const path of paths.toSorted())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(ROOT, path)))
      .update('\0')
  return hash.digest('hex')
}

const isFresh = (stamp: string): boolean => {
  const inodes = NAMES.map((name) => statSync(join(BIN, name), { throwIfNoEntry: false })?.ino)
  return inodes.every((inode) => inode !== undefined && inode === inodes[0]) && readStamp() === stamp
}

const readStamp = (): string | undefined => {
  if (statSync(STAMP, { throwIfNoEntry: false }) === undefined) return undefined
  return readFileSync(STAMP, 'utf8')
}

const compile = async (outfile: string): Promise<void> => {
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const options = [
    // Split, so that a call loads no more than its own plugin: a quarter of VERSION's time.
    ...['--compile', '--minify', '--bytecode', '--format=esm', '--splitting'],
    // A call lives for milliseconds: compiling its functions to machine code early costs more than it saves.
    '--compile-jit-policy=64',
    // Else an executable that root runs would read .env and bunfig.toml from its working directory.
    ...['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'],
    ...['--define', `SELVEDGE_VERSION=${JSON.stringify(version)}`],
  ]
  // Loaded here because it takes longer than finding out that there is nothing to do.
  const { execa } = await import('execa')
  await execa(bunExecutable(), ['build', ...options, ENTRY, '--outfile', outfile], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    extendEnv: false,
    stdout: 'ignore',
    stderr: 'inherit',
  })
  writeFileSync(outfile, disableEnvironment(readFileSync(outfile)))
  chmodSync(outfile, 0o755)
}

/** x64: the build that does not need AVX2. */
const bunExecutable = (): string => {
  const platform = process.arch === 'arm64' ? 'aarch64' : 'x64-baseline'
  return join(dirname(createRequire(import.meta.url).resolve(`@oven/bun-linux-${platform}/package.json`)), 'bin/bun')
}

await main()
