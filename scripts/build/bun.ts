/** The bundler: the Bun that npm installed for this machine. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'

/** The repository. */
export const ROOT = join(import.meta.dirname, '../..')

/** Runs `bun` in the repository. @throws ExecaError with its exit status; its complaints go to standard error */
export const runBun = async (parameters: readonly string[]): Promise<void> => {
  // Loaded here because it takes longer than finding out that there is nothing to do.
  const { execa } = await import('execa')
  await execa(bunExecutable(), parameters, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    extendEnv: false,
    stdout: 'ignore',
    stderr: 'inherit',
  })
}

/** x64: the build that does not need AVX2. */
const bunExecutable = (): string => {
  const platform = process.arch === 'arm64' ? 'aarch64' : 'x64-baseline'
  return join(dirname(createRequire(import.meta.url).resolve(`@oven/bun-linux-${platform}/package.json`)), 'bin/bun')
}
