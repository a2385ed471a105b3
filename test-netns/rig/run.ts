/** Running programs of the system, synchronously: a test is a list of steps. */
import { execaSync } from 'execa'

/** Seconds after which a program that hangs is killed. */
const TIMEOUT = 60

export interface Outcome {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program and returns its standard output without the last line end. @throws ExecaSyncError with its standard error when it fails */
export const run = (program: string, ...parameters: string[]): string =>
  execaSync(program, parameters, { timeout: TIMEOUT * 1000, killSignal: 'SIGKILL' }).stdout

/** Runs a program with `input` on its standard input. @throws ExecaSyncError when it fails */
export const runWithInput = (input: string, program: string, ...parameters: string[]): string =>
  execaSync(program, parameters, { input, timeout: TIMEOUT * 1000, killSignal: 'SIGKILL' }).stdout

/** Runs a program that may fail. */
export const attempt = (program: string, ...parameters: string[]): Outcome => {
  const { exitCode, stdout, stderr } = execaSync(program, parameters, { reject: false, timeout: TIMEOUT * 1000, killSignal: 'SIGKILL' })
  return { exitCode, stdout, stderr }
}
