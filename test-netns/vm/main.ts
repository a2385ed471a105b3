/**
 * `npm run vm -- [--timeout SECONDS] [--env NAME[=VALUE]]… COMMAND [ARGUMENT…]`: runs a command of this repository on a stock Debian
 * kernel, as root, in the same folder; its output and exit status are the command's. 124: out of time, 125: the machine died.
 */
import { Command, InvalidArgumentError } from 'commander'
import { guestEnvironment } from './environment.ts'
import { findTestKernel } from './kernel.ts'
import { runInVm, VmError } from './machine.ts'

const seconds = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds.')
  return value
}

const collect = (word: string, words: readonly string[]): string[] => [...words, word]

const program = new Command('npm run vm --')
  .description('Runs a command on a stock Debian kernel in an emulated machine that sees this one’s files; what it writes is lost.')
  .option('--timeout <seconds>', 'when to end the machine', seconds, 600)
  .option('--env <name[=value]>', 'pass an environment variable on, or set it (repeatable)', collect, [])
  .argument('<command...>')
  .passThroughOptions()
  .parse()

const { timeout, env: named } = program.opts<{ timeout: number; env: string[] }>()

try {
  const environment = guestEnvironment(process.env, named)
  const job = { argv: program.args, cwd: process.cwd(), environment, timeout, stdout: process.stdout, stderr: process.stderr }
  process.exitCode = await runInVm(job, findTestKernel(process.env))
} catch (error) {
  process.stderr.write(`vm: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof VmError ? error.exitCode : 125
}
