import { UsageError } from '../../../flags/flag.ts'
import { parseProxyOptions } from '../options.ts'

/** What is wrong with an argument list of `selvedge proxy`; empty when nothing is. */
export const problemsOf = (argv: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] => {
  try {
    parseProxyOptions(argv, env)
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
  return []
}
