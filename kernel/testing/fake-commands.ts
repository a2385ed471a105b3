/** A command runner that runs nothing. */
import type { CommandResult, CommandRunner } from '../command.ts'

/** What would have been run, in order: program, parameters, and standard input when there was any. */
export interface FakeCommands extends CommandRunner {
  readonly ran: (readonly [program: string, parameters: readonly string[], input?: string])[]
}

/** Every program answers with `answer`, which may throw; what it leaves out is success and silence. */
export const fakeCommands = (answer: () => Partial<CommandResult> = () => ({})): FakeCommands => {
  const ran: FakeCommands['ran'] = []
  return {
    ran,
    run: (program, parameters, input) => {
      ran.push(input === undefined ? [program, parameters] : [program, parameters, input])
      return { status: 0, stdout: '', stderr: '', ...answer() }
    },
    find: (program) => `/fake/${program}`,
    counters: { started: 0 },
  }
}
