/** The two flags that every command has. They are obeyed before anything else of a line is read (selvedge.ts). */
import { switchFlag } from './kinds.ts'

/** Heading of flags about what is printed. */
export const OUTPUT = 'Output'

export const HELP_FLAGS = {
  help: switchFlag({ group: OUTPUT, short: 'h', fallback: 'false', help: 'Print this text.' }),
  version: switchFlag({ group: OUTPUT, short: 'V', fallback: 'false', help: 'Print the version.' }),
}
