/**
 * Running a program of the system while this one goes on: for a daemon that answers others meanwhile. In a file of its own, since CNI calls
 * wait for what they start (command.ts).
 */
import { execFile } from 'node:child_process'
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
  ENVIRONMENT,
  foundPath,
  OUTPUT_BYTES,
  TIMEOUT_MILLISECONDS,
} from './command.ts'

export interface BackgroundCommands {
  /** As CommandRunner.run. @throws CommandError `ENOENT` when no such program is installed, `ETIMEDOUT`, `EKILLED` */
  run(program: string, parameters: readonly string[], input?: string): Promise<CommandResult>
}

/** Counts with `commands`, and finds programs as they do. */
export const inBackground = (commands: Pick<CommandRunner, 'find' | 'counters'>): BackgroundCommands => ({
  run: async (program, parameters, input = '') => {
    const path = foundPath(program, commands.find)
    commands.counters.started += 1
    return runPath(path, parameters, input)
  },
})

const OPTIONS = {
  env: ENVIRONMENT,
  cwd: '/',
  encoding: 'utf8',
  timeout: TIMEOUT_MILLISECONDS,
  maxBuffer: OUTPUT_BYTES,
  killSignal: 'SIGKILL',
} as const

const runPath = (path: string, parameters: readonly string[], input: string): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const child = execFile(path, parameters, OPTIONS, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr })
      // Its exit status; everything else is a word.
      else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr })
      else reject(new CommandError(`${path}: ${child.killed ? 'killed by us' : error.message}`, codeOf(error.code, child.killed)))
    })
    // A program need not read all its input: what it says and its status count.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })

/** We kill what takes too long; what did not start has an errno's name. */
const codeOf = (code: string | undefined | null, isKilled: boolean): string => (isKilled ? 'ETIMEDOUT' : (code ?? 'EKILLED'))
